// From a task's kind to the code that does it.
import { openAsBlob } from "node:fs";
import { ok } from "#workers/result.ts";
import type { ImagesWork, ProbeWork, Work } from "#workers/transcoding/contract.ts";
import { encodeAudio } from "./audio.ts";
import { makeImages } from "./images.ts";
import { sourceFault, type TaskOutcome } from "./outcome.ts";
import { probeSource } from "./probe.ts";
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
      return images(work, context);
    case "subtitles":
    case "frame":
      throw new Error(`${work.kind} work is not known here`);
  }
}

async function probe(work: ProbeWork, { source, signal }: TaskContext): Promise<TaskOutcome> {
  const outcome = await probeSource(source.path, work.source.sizeBytes, signal);
  if (outcome.kind === "refused") return sourceFault(outcome.code, outcome.message);
  return ok({ kind: "probe", probe: outcome.probe });
}

async function images(work: ImagesWork, context: TaskContext): Promise<TaskOutcome> {
  const made = await makeImages(work, context.source.path, context.dir, context.signal);
  context.addCpuSeconds(made.cpuSeconds);
  const poster = await context.put(work.poster.upload, await openAsBlob(made.posterPath));
  if (!poster.ok) return poster;
  const pack = await context.put(work.thumbnails.upload, await openAsBlob(made.packPath));
  if (!pack.ok) return pack;
  return ok({ kind: "images", thumbnailCount: made.thumbnailCount });
}
