// The one picture that is shown at a time, as a JPEG: the last that begins at or before it.
import { openAsBlob } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ok } from "#workers/result.ts";
import type { FrameWork } from "#workers/transcoding/contract.ts";
import { encodeLimits } from "./encode-limits.ts";
import { runTool } from "./ffmpeg/run.ts";
import { runFault, type TaskOutcome } from "./outcome.ts";
import { seekableVideo, type SeekableFile } from "./seekable.ts";
import type { TaskContext } from "./task-context.ts";
import { toneMapFilter } from "./tone-map.ts";
import { analysis } from "./video-recipe.ts";

const seekMarginSeconds = 1;
/** Who asks has rounded to milliseconds. */
const toleranceSeconds = 0.0005;
const maxSizeBytes = 20_000_000;

export async function makeFrame(work: FrameWork, context: TaskContext): Promise<TaskOutcome> {
  const seekable = await seekableVideo(context, work.streamIndex);
  if (!seekable.ok) return seekable;
  const path = join(context.dir, "frame.jpg");
  const atSeconds = work.sourceStartSeconds + work.atSeconds;
  const fromSeconds = atSeconds - seekMarginSeconds;
  const seek = ["-seek_timestamp", "1", "-noaccurate_seek", "-ss", fromSeconds.toFixed(6)];
  const sought = await takeFrame(work, seekable.value, seek, path, context);
  // No index to seek by, or one that lies.
  const made = sought.ok ? sought : await takeFrame(work, seekable.value, [], path, context);
  if (!made.ok) return made;
  const sent = await context.put(work.upload, await openAsBlob(path));
  return sent.ok ? ok({ kind: "frame" }) : sent;
}

async function takeFrame(
  work: FrameWork,
  file: SeekableFile,
  seek: readonly string[],
  path: string,
  context: TaskContext,
): Promise<TaskOutcome> {
  const isSparse = context.source.isSparse();
  await rm(path, { force: true });
  const run = await runTool({
    tool: "ffmpeg",
    args: [
      ...["-y", ...analysis, ...seek, "-copyts", "-i", file.path, "-filter_complex"],
      `[0:${file.streamIndex}]${frameFilter(work)}[frame]`,
      ...["-map", "[frame]", "-map_metadata", "-1", "-frames:v", "1"],
      ...["-c:v", "mjpeg", "-q:v", "3", "-huffman", "optimal", "-f", "image2", "-update", "1", path],
    ],
    signal: context.signal,
    // From the key frame before on: the film itself, where it has one only.
    limits: encodeLimits(60 + work.atSeconds, 2, context.cpus, maxSizeBytes),
  });
  context.signal.throwIfAborted();
  context.addCpuSeconds(run.cpuSeconds);
  const isThere = await stat(path).then(
    ({ size }) => size > 0,
    () => false,
  );
  if (!isThere || (isSparse && run.complained)) return runFault("no picture came out", run);
  return ok({ kind: "frame" });
}

/**
 * All pictures up to the time are at 0, all others at 1: of those at one place `fps` keeps the last. The first that is
 * decoded counts always, as it is shown from the beginning; the last is shown to the end, which the copies of `tpad`
 * stand for.
 */
export function frameFilter(work: Omit<FrameWork, "kind" | "source" | "upload">): string {
  const atSeconds = work.sourceStartSeconds + work.atSeconds + toleranceSeconds;
  return [
    ...(work.deinterlace ? ["bwdif=mode=send_frame:deint=all"] : []),
    `setpts='if(eq(N,0)+lte(T,${atSeconds}),0,1)/TB'`,
    "tpad=stop_mode=clone:stop_duration=3",
    "fps=fps=1",
    `scale=${work.width}:${work.height}:flags=bicubic,setsar=1`,
    ...(work.toneMap ? [toneMapFilter] : []),
    "format=yuvj420p",
  ].join(",");
}
