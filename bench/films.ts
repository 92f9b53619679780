// Films of any length, cheaply: a clip is encoded once and repeated without another encode.
import { run } from "../scripts/stack/bundle.ts";

const quiet = ["-nostdin", "-hide_banner", "-loglevel", "error", "-y"];

export interface ClipOptions {
  readonly seconds: number;
  readonly width: number;
  readonly height: number;
  readonly bitrateBps: number;
  readonly gopSeconds: number;
}

const frameRate = 30;

/** Motion and grain, of a rate that holds; 30 pictures a second with B-frames, AAC. */
export async function encodeClip(path: string, options: ClipOptions): Promise<void> {
  const { seconds, width, height, bitrateBps, gopSeconds } = options;
  const picture = `testsrc2=s=${width}x${height}:r=${frameRate},noise=alls=12:allf=t,format=yuv420p`;
  const rate = String(bitrateBps);
  await run("ffmpeg", [
    ...[...quiet, "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=frequency=330:sample_rate=48000"],
    ...["-t", String(seconds), "-c:v", "libx264", "-preset", "superfast", "-bf", "2"],
    ...["-g", String(gopSeconds * frameRate), "-sc_threshold", "0"],
    ...["-b:v", rate, "-maxrate", rate, "-bufsize", rate, "-c:a", "aac", "-b:a", "96k", path],
  ]);
}

/** `clip` over and over until `seconds`, in the container that the name of `path` says. */
export async function repeatClip(
  clip: string,
  path: string,
  seconds: number,
  options: readonly string[] = [],
): Promise<void> {
  const repeated = ["-stream_loop", "-1", "-i", clip, "-t", String(seconds), "-c", "copy"];
  await run("ffmpeg", [...quiet, ...repeated, ...options, path]);
}
