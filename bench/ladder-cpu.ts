// The ladder in one FFmpeg process, as the transcoder runs it, against one process a rendition and against
// what the encoders alone need; and a film in chunks, each in parts, against the film in one run. CPU time as FFmpeg reports it, so a busy machine matters little.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { partsOf } from "#transcoder/chunk-parts.ts";
import { planFile, videoWork } from "#transcoder/testing/plans.ts";
import { videoArguments } from "#transcoder/video-recipe.ts";
import type { VideoWork } from "#workers/transcoding/contract.ts";
import { run } from "../scripts/stack/bundle.ts";
import { judge, type Claim } from "./claim.ts";
import { alternate } from "./rounds.ts";

const width = 1920;
const height = 1080;
const frameRate = 30;
const preset = "faster";

export const ladderCpu: Claim = {
  name: "ladder-cpu",
  run: async ({ quick }) => {
    const directory = mkdtempSync(join(tmpdir(), "sluice-bench-"));
    try {
      const seconds = quick ? 6 : 12;
      const clip = join(directory, "clip.mp4");
      await makeClip(clip, seconds);
      const plan = await planFile(clip);
      const whole = videoWork(plan, { firstFrame: 0, frameCount: plan.grid.frameCount });
      const work: VideoWork = { ...whole, rungs: whole.rungs.map((rung) => ({ ...rung, preset })) };
      const source = { path: clip, streamIndex: work.streamIndex, from: "start" } as const;
      const encode = (part: VideoWork) => ffmpegCpuSeconds(videoArguments(part, source), directory);
      const each = (of: (part: VideoWork) => Promise<number>) => async () => {
        let sum = 0;
        for (const rung of work.rungs) sum += await of({ ...work, rungs: [rung] });
        return sum;
      };
      // A round is minutes of CPU.
      const samples = await alternate(quick ? 1 : 3, {
        ladder: () => encode(work),
        apart: each(encode),
        encoders: each((part) => encoderCpuSeconds(part, clip, directory)),
      });
      const chunked = await measureChunks(directory, quick);
      const rungs = work.rungs.map(({ track }) => track).join(" ");
      const note = `${seconds} s of 1080p30 (Mandelbrot zoom, testsrc2 in motion, noise), ${preset}, ${rungs}, without sound`;
      const row = { unit: "CPU s", values: samples.ladder };
      return [
        judge({
          ...row,
          name: "ladder-cpu",
          baselines: samples.apart,
          aim: { of: "ratio", is: "<=", bound: 0.82 },
          note: `${note}; baseline is one FFmpeg a rendition`,
        }),
        judge({
          ...row,
          name: "ladder-cpu-over-encoders",
          baselines: samples.encoders,
          aim: { of: "ratio", is: "<=", bound: 1.25 },
          note: `${note}; baseline is x264 alone, fed with raw pictures, reading them removed`,
        }),
        judge({
          unit: "CPU s",
          values: chunked.samples.chunked,
          baselines: chunked.samples.whole,
          name: "ladder-cpu-chunked",
          aim: { of: "ratio", is: "<=", bound: 1.06 },
          note: `${chunked.seconds} s of the same film in the chunks of its plan, each in its parts of three GOPs, from the key frame before; baseline is the film in one run with the same threads`,
        }),
      ];
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

/** A first chunk and a whole second one. */
async function measureChunks(directory: string, quick: boolean) {
  const seconds = quick ? 18 : 36;
  const clip = join(directory, "film.mp4");
  await makeClip(clip, seconds);
  const plan = await planFile(clip);
  const workOf = (frames: { readonly firstFrame: number; readonly frameCount: number }): VideoWork => {
    const work = videoWork(plan, frames);
    return { ...work, rungs: work.rungs.map((rung) => ({ ...rung, preset })) };
  };
  const encode = (work: VideoWork) =>
    ffmpegCpuSeconds(
      videoArguments(work, { path: clip, streamIndex: work.streamIndex, from: "seek" }),
      directory,
    );
  const samples = await alternate(quick ? 1 : 3, {
    chunked: async () => {
      let sum = 0;
      for (const part of plan.chunks.flatMap((chunk) => partsOf(workOf(chunk)))) sum += await encode(part);
      return sum;
    },
    whole: () => encode(workOf({ firstFrame: 0, frameCount: plan.grid.frameCount })),
  });
  rmSync(clip);
  return { seconds, samples };
}

/** Detail everywhere, motion of several kinds, and the grain of a camera. */
function makeClip(path: string, seconds: number): Promise<number> {
  const picture =
    `mandelbrot=s=${width}x${height}:r=${frameRate}:end_scale=0.02:end_pts=400[zoom];` +
    `testsrc2=s=640x360:r=${frameRate}[moving];` +
    `[zoom][moving]overlay=x='(W-w)/2+(W-w)/2*sin(t)':y='(H-h)/2+(H-h)/2*cos(t/2)',noise=alls=5:allf=t,format=yuv420p`;
  const encoder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-g", "120"];
  return ffmpegCpuSeconds(["-filter_complex", picture, "-t", String(seconds), ...encoder, path], ".");
}

/** x264 for the one rung of `work`: an encode of its raw pictures, less the reading of them. */
async function encoderCpuSeconds(work: VideoWork, clip: string, directory: string): Promise<number> {
  const [rung] = work.rungs;
  if (rung === undefined) return 0;
  const raw = join(directory, "raw.yuv");
  const format = ["-f", "rawvideo", "-pix_fmt", "yuv420p"];
  const scale = `scale=${rung.width}:${rung.height}:flags=bicubic`;
  await ffmpegCpuSeconds(["-i", clip, "-vf", scale, ...format, raw], directory);
  const input = [...format, "-s", `${rung.width}x${rung.height}`, "-r", String(frameRate), "-i", raw];
  // What the recipe says of the encoder is what follows its `-map`.
  const recipe = videoArguments(work, { path: clip, streamIndex: 0, from: "start" });
  const encoder = recipe.slice(recipe.indexOf("-map") + 2);
  const encoding = await ffmpegCpuSeconds([...input, "-map", "0:v", ...encoder], directory);
  const reading = await ffmpegCpuSeconds([...input, "-map", "0:v", "-f", "null", "-"], directory);
  rmSync(raw);
  return encoding - reading;
}

/** User and system time of one FFmpeg process. */
async function ffmpegCpuSeconds(args: readonly string[], cwd: string): Promise<number> {
  const fixed = ["-nostdin", "-hide_banner", "-nostats", "-benchmark", "-loglevel", "info", "-y"];
  const log = await run("ffmpeg", [...fixed, ...args], cwd);
  const bench = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(log);
  if (bench === null) throw new Error(`ffmpeg ${args.join(" ")} did not say what it used:\n${log}`);
  return Number(bench[1]) + Number(bench[2]);
}
