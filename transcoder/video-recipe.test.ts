import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { VideoWork } from "#workers/transcoding/contract.ts";
import { runTool } from "./ffmpeg/run.ts";
import { seekableVideo } from "./seekable.ts";
import { makeClip } from "./testing/media.ts";
import { planFile, splitGrid, videoWork } from "./testing/plans.ts";
import { decodeArguments, gridFilter, type DecodeFrom } from "./video-recipe.ts";

const x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
const small = { size: "160x90", audio: false } as const;
const limits = { cpuSeconds: 120, wallSeconds: 60, addressSpaceBytes: 24e9, fileSizeBytes: 1e8 };

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-recipe-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Hash of every decoded frame that the recipe lets through. */
async function frameHashes(work: VideoWork, path: string, from: DecodeFrom = "seek"): Promise<string[]> {
  const source = {
    path,
    derived: async (name: string, make: (to: string) => Promise<unknown>) => {
      await make(join(dir, name));
      return { ok: true, value: join(dir, name) } as const;
    },
  };
  const signal = AbortSignal.timeout(60_000);
  const context = { source, signal, cpus: 2, addCpuSeconds: () => undefined } as unknown as Parameters<
    typeof seekableVideo
  >[0];
  const file = await seekableVideo(context, work.streamIndex);
  if (!file.ok) throw new Error(file.reason.message);
  const input = { ...file.value, from };
  let text = "";
  const run = await runTool({
    tool: "ffmpeg",
    args: [
      ...decodeArguments(work, input),
      ...["-filter_complex", `${gridFilter(work, input)}[grid]`, "-map", "[grid]"],
      ...["-fps_mode", "passthrough", "-f", "framemd5", "pipe:1"],
    ],
    limits,
    onStdout: (bytes) => void (text += new TextDecoder().decode(bytes)),
  });
  expect(run.exit).toEqual({ kind: "code", code: 0 });
  return text
    .split("\n")
    .filter((line) => line.startsWith("0,"))
    .map((line) => line.split(",").at(-1)?.trim() ?? "");
}

const bursts = "setpts='if(lt(N,40),N/10,if(lt(N,41),7.7,N/10+5))/TB'";
const sources: Record<string, () => Promise<string>> = {
  "constant 30": () => makeClip(dir, { ...small, name: "30.mp4", seconds: 9 }),
  "constant 25, key frames 250 apart": () =>
    makeClip(dir, {
      ...small,
      name: "25.mp4",
      rate: "25",
      seconds: 9,
      videoArgs: [...x264, "-g", "250", "-sc_threshold", "0"],
    }),
  "24000/1001": () => makeClip(dir, { ...small, name: "23.mp4", rate: "24000/1001", seconds: 9 }),
  "120, of which every second is kept": () =>
    makeClip(dir, { ...small, name: "120.mp4", rate: "120", seconds: 7, videoArgs: [...x264, "-bf", "2"] }),
  "interlaced, bottom field first": () =>
    makeClip(dir, {
      ...small,
      name: "fields.mkv",
      size: "160x96",
      rate: "50",
      seconds: 9,
      filter: "tinterlace=interleave_bottom,fieldorder=bff,setfield=bff",
      videoArgs: [
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-flags",
        "+ilme+ildct",
        "-x264-params",
        "bff=1",
        "-g",
        "40",
      ],
    }),
  "30000/1001 in Matroska": () => makeClip(dir, { ...small, name: "29.mkv", rate: "30000/1001", seconds: 9 }),
  "variable rate, with pictures that stand for seconds": () =>
    makeClip(dir, {
      ...small,
      name: "vfr.mp4",
      rate: "10",
      seconds: 6,
      filter: bursts,
      containerArgs: ["-fps_mode", "vfr", "-enc_time_base", "1/1000"],
      videoArgs: [...x264, "-g", "20"],
    }),
  "B-frames and open GOPs": () =>
    makeClip(dir, {
      ...small,
      name: "open.mp4",
      seconds: 9,
      videoArgs: [
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-pix_fmt",
        "yuv420p",
        "-bf",
        "3",
        "-g",
        "48",
        "-x264-params",
        "open-gop=1",
      ],
    }),
  "MPEG-TS that starts at 10 s": () =>
    makeClip(dir, {
      ...small,
      name: "late.ts",
      rate: "25",
      seconds: 9,
      audio: true,
      // Large enough that a seek lands between key frames, which are 3 s apart.
      filter: "noise=alls=40:allf=t",
      videoArgs: [...x264, "-bf", "2", "-g", "75", "-sc_threshold", "0"],
      containerArgs: ["-output_ts_offset", "8.61"],
    }),
  "MPEG-PS": () =>
    makeClip(dir, {
      ...small,
      name: "ps.mpg",
      rate: "25",
      seconds: 9,
      audio: true,
      videoArgs: ["-c:v", "mpeg2video", "-bf", "2"],
      audioArgs: ["-c:a", "mp2"],
      containerArgs: ["-f", "mpeg"],
    }),
  AVI: () =>
    makeClip(dir, {
      ...small,
      name: "clip.avi",
      rate: "25",
      seconds: 9,
      videoArgs: ["-c:v", "mpeg4", "-g", "40"],
    }),
  FLV: () =>
    makeClip(dir, { ...small, name: "clip.flv", rate: "25", seconds: 9, videoArgs: [...x264, "-g", "40"] }),
};

describe("chunks have exactly the frames of the whole", () => {
  it.for(Object.keys(sources))("%s", { timeout: 60_000 }, async (name) => {
    const path = (await sources[name]?.()) ?? "";
    const plan = await planFile(path);
    expect(plan.video?.deinterlace).toBe(name.startsWith("interlaced"));
    const all = { firstFrame: 0, frameCount: plan.grid.frameCount };
    const whole = await frameHashes(videoWork(plan, all), path);
    expect(whole).toHaveLength(plan.grid.frameCount);
    for (const chunk of splitGrid(plan, 1)) {
      const expected = whole.slice(chunk.firstFrame, chunk.firstFrame + chunk.frameCount);
      expect(await frameHashes(videoWork(plan, chunk), path), `from ${chunk.firstFrame}`).toEqual(expected);
    }
  });
});
