// A film of exactly as many bits as asked for: noise, that no encoder makes smaller. Players can hold but little of it.
import { run } from "../stack/bundle.ts";

export interface NoisyFilm {
  readonly path: string;
  readonly durationSeconds: number;
  readonly width: number;
  readonly height: number;
  readonly bitsPerSecond: number;
}

export async function makeNoisyFilm(film: NoisyFilm): Promise<void> {
  const { path, durationSeconds, width, height, bitsPerSecond } = film;
  const picture = `testsrc2=s=${width}x${height}:r=30:d=${durationSeconds},noise=alls=60:allf=t,format=yuv420p`;
  const rate = String(bitsPerSecond);
  await run("ffmpeg", [
    ...["-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-f", "lavfi", "-i", picture],
    ...["-f", "lavfi", "-i", `sine=f=440:r=48000:d=${durationSeconds}`],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "60"],
    ...["-b:v", rate, "-maxrate", rate, "-bufsize", rate, "-c:a", "aac", "-movflags", "+faststart", path],
  ]);
}
