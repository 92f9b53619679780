// From a task's kind to the code that does it.
import { openAsBlob } from "node:fs";
import { ok } from "#workers/result.ts";
import type { ImagesWork, ProbeWork, Work } from "#workers/transcoding/contract.ts";
import { encodeAudio } from "./audio.ts";
import { measureComplexity } from "./complexity.ts";
import { makeFrame } from "./frame.ts";
import { makeImages } from "./images.ts";
import { safeMessage } from "./log.ts";
import { runnerFault, sourceFault, type TaskOutcome } from "./outcome.ts";
import { probeSource } from "./probe.ts";
import { extractSubtitles } from "./subtitles.ts";
import type { TaskContext } from "./task-context.ts";
import { encodeVideo } from "./video.ts";

export function doWork(work: Work, context: TaskContext): Promise<TaskOutcome> {
  switch (work.kind) {
    case "probe":
      return probe(work, context);
    case "video":
      return encodeVideo(work, context);
    case "audio":
      return encodeAudio(work, context);
    case "images":
      return withEnoughSource(context, () => images(work, context));
    case "subtitles":
      return withEnoughSource(context, () => extractSubtitles(work, context));
    case "frame":
      return withEnoughSource(context, () => makeFrame(work, context));
  }
}

/** What of the source is fetched. All sound goes out while it is encoded, so a hole would be found too late. */
export function sourceOf({ kind, source }: Work): Work["source"] {
  switch (kind) {
    case "probe":
    case "audio":
      return { url: source.url, sizeBytes: source.sizeBytes };
    case "video":
    case "images":
    case "subtitles":
    case "frame":
      return source;
  }
}

/** What fails with a part of the source is done again with the whole. */
async function withEnoughSource(
  { source, signal }: TaskContext,
  work: () => Promise<TaskOutcome>,
): Promise<TaskOutcome> {
  if (!source.isSparse()) return work();
  const outcome = await work().catch((error: unknown) => {
    signal.throwIfAborted();
    return runnerFault(safeMessage(error));
  });
  if (outcome.ok) return outcome;
  const whole = await source.fetchWhole();
  return whole.ok ? work() : whole;
}

async function probe(work: ProbeWork, context: TaskContext): Promise<TaskOutcome> {
  const { source, signal } = context;
  const outcome = await probeSource(source.path, work.source.sizeBytes, signal);
  if (outcome.kind === "refused") return sourceFault(outcome.code, outcome.message);
  const { complexity, cpuSeconds } = await measureComplexity(source.path, outcome.probe, signal);
  context.addCpuSeconds(cpuSeconds);
  return ok({ kind: "probe", probe: { ...outcome.probe, ...(complexity && { complexity }) } });
}

async function images(work: ImagesWork, context: TaskContext): Promise<TaskOutcome> {
  const made = await makeImages(work, context.source.path, context.dir, context.signal);
  context.addCpuSeconds(made.cpuSeconds);
  const { poster, thumbnails, storyboard, preview } = work;
  const uploads = [
    ...poster.sizes.map(({ upload }, index) => ({ upload, path: made.posterPaths[index] })),
    ...thumbnails.sizes.map(({ upload }, index) => ({ upload, path: made.packPaths[index] })),
    { upload: storyboard.upload, path: made.storyboardPath },
    ...(preview ? [{ upload: preview.upload, path: made.previewPath }] : []),
  ];
  for (const { upload, path } of uploads) {
    if (path === undefined || path === null) return runnerFault("a picture was not made");
    const sent = await context.put(upload, await openAsBlob(path));
    if (!sent.ok) return sent;
  }
  return ok({ kind: "images", thumbnailCount: made.thumbnailCount });
}
