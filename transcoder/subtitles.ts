// Text streams of a source, each as one WebVTT file on the grid's time. FFmpeg converts; what it writes is read cue by
// cue and written again, because the text is whatever somebody put into the file.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { ok } from "#workers/result.ts";
import type { SubtitlesWork } from "#workers/transcoding/contract.ts";
import { encodeLimits } from "./encode-limits.ts";
import { runTool, type RunResult } from "./ffmpeg/run.ts";
import { runFault, type TaskOutcome } from "./outcome.ts";
import type { TaskContext } from "./task-context.ts";
import { analysis } from "./video-recipe.ts";
import { readCues, writeWebVtt } from "./webvtt.ts";

type Stream = SubtitlesWork["streams"][number];

/** A film's subtitles have a hundredth of this. */
const maxTextBytes = 8_000_000;
/** FFmpeg prints no time before 0 as one: all are moved there by this, and back when they are read. */
const awaySeconds = 3600;

export async function extractSubtitles(work: SubtitlesWork, context: TaskContext): Promise<TaskOutcome> {
  const isSparse = context.source.isSparse();
  const together = await convert(work, work.streams, context);
  if (isSparse && together.complained) return runFault("the subtitles can't be read", together);
  const failed = together.exit.kind !== "code" || together.exit.code !== 0;
  // One stream that can't be read ends them all.
  if (failed && work.streams.length > 1) {
    for (const stream of work.streams) await convert(work, [stream], context);
  }
  const found: number[] = [];
  for (const stream of work.streams) {
    const cues = await readText(fileOf(stream, context));
    const text = writeWebVtt(readCues(cues, -awaySeconds), Math.min(maxTextBytes, stream.upload.maxBytes));
    if (text === null) continue;
    const sent = await context.put(stream.upload, new TextEncoder().encode(text));
    if (!sent.ok) return sent;
    found.push(stream.streamIndex);
  }
  return ok({ kind: "subtitles", streams: found });
}

const fileOf = ({ streamIndex }: Stream, { dir }: TaskContext) => join(dir, `${streamIndex}.vtt`);

async function convert(
  work: SubtitlesWork,
  streams: readonly Stream[],
  context: TaskContext,
): Promise<RunResult> {
  const { source, signal, cpus } = context;
  for (const stream of streams) await rm(fileOf(stream, context), { force: true });
  const offset = (awaySeconds - work.sourceStartSeconds).toFixed(6);
  const run = await runTool({
    tool: "ffmpeg",
    args: [
      ...["-y", ...analysis, "-copyts", "-itsoffset", offset, "-i", source.path],
      ...streams.flatMap((stream) => [
        ...["-map", `0:${stream.streamIndex}`, "-map_metadata", "-1", "-map_chapters", "-1"],
        ...["-c:s", "webvtt", "-f", "webvtt", fileOf(stream, context)],
      ]),
    ],
    signal,
    // The whole file is read, and nothing of it decoded but text.
    limits: encodeLimits(work.source.sizeBytes / 1e6, 1, cpus, 2 * maxTextBytes),
  });
  signal.throwIfAborted();
  context.addCpuSeconds(run.cpuSeconds);
  return run;
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch(() => null);
  return bytes === null ? "" : new TextDecoder().decode(bytes);
}
