// What is about to be published is decoded first, as a player that joins there would: the init segment and the first
// fragment of each track. All other fragments were counted and measured when the chunk was put together.
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ok, type Result } from "#workers/result.ts";
import type { ChunkTrack, VideoWork } from "#workers/transcoding/contract.ts";
import { absurdBitrateBps } from "#workers/transcoding/vbv.ts";
import { encodeLimits } from "./encode-limits.ts";
import { runTool } from "./ffmpeg/run.ts";
import { lastLines, runnerFault, type TaskFailure } from "./outcome.ts";
import type { TaskContext } from "./task-context.ts";

type Verdict = Result<null, TaskFailure>;
type Context = Pick<TaskContext, "dir" | "signal" | "cpus" | "addCpuSeconds">;

export interface VideoTrack {
  readonly rung: VideoWork["rungs"][number];
  readonly track: ChunkTrack;
  /** A file that begins with the first fragment. */
  readonly path: string;
}

export async function verifyVideo(
  work: VideoWork,
  tracks: readonly VideoTrack[],
  context: Context,
): Promise<Verdict> {
  const { numerator, denominator } = work.grid.frameRate;
  const seconds = (work.frameCount * denominator) / numerator;
  for (const { rung, track } of tracks) {
    const bits = track.fragments.reduce((sum, { sizeBytes }) => sum + sizeBytes * 8, 0);
    if (bits > absurdBitrateBps(rung, work.grid.frameRate) * seconds + rung.bufferBits)
      return runnerFault(`${rung.track}: ${bits} bits in ${seconds} s are beyond its cap`);
  }
  const files: string[] = [];
  for (const { track, path } of tracks) {
    const fragment = await firstBytes(path, track.fragments[0]?.sizeBytes ?? 0);
    files.push(await writeCheck(context, track, fragment));
  }
  const frames = Math.min(work.grid.gopFrames, work.frameCount);
  return verify(files, "v", (count) => count === frames, `${frames} pictures`, context);
}

/** The first frame of all is priming and may give no sound. */
export async function verifySound(
  track: ChunkTrack,
  fragment: Uint8Array,
  frames: number,
  context: Context,
): Promise<Verdict> {
  const file = await writeCheck(context, track, fragment);
  const enough = (count: number) => count >= frames - 1 && count <= frames;
  return verify([file], "a", enough, `${frames} frames of sound`, context);
}

/** All in one process, which is the greater part of what it costs. */
async function verify(
  files: readonly string[],
  kind: "v" | "a",
  fits: (count: number) => boolean,
  wanted: string,
  context: Context,
): Promise<Verdict> {
  const counts = files.map(() => 0);
  let text = "";
  const run = await runTool({
    tool: "ffmpeg",
    args: [
      "-xerror",
      ...files.flatMap((file) => ["-i", file]),
      ...files.flatMap((_, index) => ["-map", `${index}:${kind}`]),
      // The pictures themselves are not copied.
      ...(kind === "v" ? ["-c:v", "wrapped_avframe", "-fps_mode", "passthrough"] : []),
      ...["-f", "framecrc", "pipe:1"],
    ],
    cwd: context.dir,
    signal: context.signal,
    limits: encodeLimits(10, 20, context.cpus, 1),
    onStdout: (bytes) => {
      const lines = (text + Buffer.from(bytes).toString("latin1")).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const index = /^(\d+),/.exec(line)?.[1];
        if (index !== undefined) counts[Number(index)] = (counts[Number(index)] ?? 0) + 1;
      }
    },
  });
  context.signal.throwIfAborted();
  context.addCpuSeconds(run.cpuSeconds);
  const clean = run.exit.kind === "code" && run.exit.code === 0 && !run.complained;
  if (clean && counts.every(fits)) return ok(null);
  const what = `what was encoded does not decode: ${counts.join(", ")} where each has ${wanted}`;
  return runnerFault(`${what}\n${lastLines(run.stderrTail)}`);
}

async function writeCheck({ dir }: Context, track: ChunkTrack, fragment: Uint8Array): Promise<string> {
  const path = join(dir, `${track.track}.check.mp4`);
  await writeFile(path, Buffer.concat([Buffer.from(track.initBase64, "base64"), fragment]));
  return path;
}

async function firstBytes(path: string, count: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(count);
    await file.read(bytes, 0, count, 0);
    return bytes;
  } finally {
    await file.close();
  }
}
