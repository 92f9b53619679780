// A colourful clip with sound, made by FFmpeg: what the demo uploads when it is given no file.
import { run } from "../stack/bundle.ts";

export interface ClipOptions {
  readonly path: string;
  readonly durationSeconds: number;
  readonly width: number;
  readonly height: number;
  readonly frameRate?: number;
}

export async function makeClip({
  path,
  durationSeconds,
  width,
  height,
  frameRate = 30,
}: ClipOptions): Promise<void> {
  const picture =
    `gradients=s=${width}x${height}:r=${frameRate}:d=${durationSeconds}:nb_colors=6:speed=0.02,format=yuv420p[base];` +
    `testsrc2=s=${Math.round(width / 2)}x${Math.round(height / 2)}:r=${frameRate}:d=${durationSeconds},hue=H=2*PI*t/12[moving];` +
    `[base][moving]overlay=x='(W-w)/2+(W-w)/2*sin(t/3)':y='(H-h)/2+(H-h)/2*cos(t/4)'[v]`;
  const sound = `aevalsrc='0.2*sin(2*PI*(220+110*floor(mod(t,4)))*t)|0.2*sin(2*PI*(330+110*floor(mod(t,3)))*t)':s=48000:d=${durationSeconds}[a]`;
  await run("ffmpeg", [
    ...["-nostdin", "-hide_banner", "-loglevel", "error", "-y"],
    ...["-filter_complex", `${picture};${sound}`, "-map", "[v]", "-map", "[a]"],
    ...[
      "-c:v",
      "libx264",
      "-preset",
      "veryfast",
      "-crf",
      "20",
      "-pix_fmt",
      "yuv420p",
      "-g",
      String(frameRate * 4),
    ],
    ...["-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", "-t", String(durationSeconds), path],
  ]);
}
