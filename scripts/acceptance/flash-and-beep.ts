// A film whose picture flashes white for one frame at the very instant that its sound beeps, and the
// measurement of how far apart the two are in anything that FFmpeg reads.
import { run } from "../stack/bundle.ts";
import { capture } from "./capture.ts";

const sampleRateHz = 48_000;

export interface Marks {
  readonly numerator: number;
  readonly denominator: number;
  readonly durationSeconds: number;
  /** A whole number of frames, about ten seconds; the first mark comes after half of it. */
  readonly periodFrames: number;
}

export function markCount({ numerator, denominator, durationSeconds, periodFrames }: Marks): number {
  const frames = Math.floor((durationSeconds * numerator) / denominator);
  return Math.floor((frames - 1 - periodFrames / 2) / periodFrames) + 1;
}

/** Samples of a number of frames; whole for every rate used, so flash and beep coincide exactly. */
function samplesOf(frames: number, { numerator, denominator }: Marks): number {
  const samples = (frames * denominator * sampleRateHz) / numerator;
  if (!Number.isInteger(samples)) throw new Error(`${frames} frames are ${samples} samples`);
  return samples;
}

export async function makeFlashAndBeep(path: string, marks: Marks): Promise<void> {
  const { numerator, denominator, durationSeconds, periodFrames } = marks;
  const period = samplesOf(periodFrames, marks);
  const first = samplesOf(periodFrames / 2, marks);
  const picture =
    `testsrc2=s=320x180:r=${numerator}/${denominator}:d=${durationSeconds},lutyuv=y=val/3,` +
    `drawbox=w=iw:h=ih:color=white:t=fill:enable='eq(mod(n,${periodFrames}),${periodFrames / 2})',format=yuv420p`;
  const beep = `if(lt(mod(n-${first}+${period},${period}),4800),0.8*sin(2*PI*1000*(n-${first})/${sampleRateHz}),0)`;
  await run("ffmpeg", [
    ...["-nostdin", "-hide_banner", "-loglevel", "error", "-y"],
    ...["-f", "lavfi", "-i", picture],
    ...["-f", "lavfi", "-i", `aevalsrc='${beep}':s=${sampleRateHz}:d=${durationSeconds}`],
    ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-c:a", "aac", "-b:a", "128k"],
    ...["-movflags", "+faststart", path],
  ]);
}

/** Timestamps as they are, not moved to 0: what a player would present together. */
const decode = ["-nostdin", "-hide_banner", "-copyts"];

/** When each white frame is presented. */
async function flashSeconds(url: string): Promise<readonly number[]> {
  const { stdout, stderr, code } = await capture("ffmpeg", [
    ...decode,
    ...["-v", "error", "-i", url, "-map", "0:v:0", "-fps_mode", "passthrough"],
    ...["-vf", "signalstats,metadata=mode=print:key=lavfi.signalstats.YAVG:file=-", "-f", "null", "-"],
  ]);
  if (code !== 0 || stderr !== "") throw new Error(`ffmpeg decodes the picture of ${url} with ${stderr}`);
  const found: number[] = [];
  const frames = stdout.toString().matchAll(/pts_time:(\S+)\s+lavfi\.signalstats\.YAVG=(\S+)/g);
  for (const [, seconds, brightness] of frames) if (Number(brightness) > 180) found.push(Number(seconds));
  return found;
}

/** When each beep begins: the first loud sample after silence, dated by the timestamp of its own frame. */
async function beepSeconds(url: string): Promise<readonly number[]> {
  const { stdout, stderr, code } = await capture("ffmpeg", [
    ...decode,
    ...["-v", "info", "-nostats", "-i", url, "-map", "0:a:0", "-af", "ashowinfo"],
    ...["-ac", "1", "-f", "s16le", "-"],
  ]);
  if (code !== 0) throw new Error(`ffmpeg decodes the sound of ${url} with ${stderr}`);
  const samples = new Int16Array(stdout.buffer, stdout.byteOffset, stdout.length >> 1);
  const loud = 0.25 * 32_768;
  const found: number[] = [];
  let position = 0;
  let lastLoud = -sampleRateHz;
  for (const [, pts, count] of stderr.matchAll(/ashowinfo.* pts:(-?\d+) .* nb_samples:(\d+) /g)) {
    for (let index = 0; index < Number(count); index += 1) {
      if (Math.abs(samples[position + index] ?? 0) < loud) continue;
      if (position + index - lastLoud > sampleRateHz) found.push((Number(pts) + index) / sampleRateHz);
      lastLoud = position + index;
    }
    position += Number(count);
  }
  if (position !== samples.length) throw new Error(`dated ${position} of ${samples.length} samples`);
  return found;
}

export interface Offsets {
  /** Sound after picture is positive; one a mark. */
  readonly milliseconds: readonly number[];
  readonly flashes: number;
  readonly beeps: number;
}

/** Picture and sound of one address, or of two that are played together. */
export async function measureOffsets(picture: string, sound = picture): Promise<Offsets> {
  const [flashes, beeps] = [await flashSeconds(picture), await beepSeconds(sound)];
  const milliseconds = flashes.map((flash, mark) => ((beeps[mark] ?? Infinity) - flash) * 1000);
  return { milliseconds, flashes: flashes.length, beeps: beeps.length };
}
