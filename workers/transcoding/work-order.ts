// A job's plan, cut into tasks; and a task as its runner is told it, except that objects are named by key:
// signing URLs is left to the route. Pure.
import { chunkKey, posterKey, thumbnailPackKey } from "#workers/storage/keys.ts";
import { ticksPerFrame, timescaleOf, type PlannedChunk } from "#workers/timeline/grid.ts";
import type { FrameRate } from "#workers/timeline/timeline.ts";
import { laneOf, newTask, type TaskKind, type TaskState } from "./board.ts";
import type { AudioWork, ImagesWork, ProbeWork, Rung, Task, VideoWork } from "./contract.ts";
import type { Plan } from "./plan.ts";

export interface SourceRef {
  readonly key: string;
  readonly sizeBytes: number;
}
export interface UploadRef {
  readonly key: string;
  readonly maxBytes: number;
}

type Named<T> = Omit<T, "source" | "upload"> &
  (T extends { source: unknown } ? { readonly source: SourceRef } : unknown) &
  (T extends { upload: unknown } ? { readonly upload: UploadRef } : unknown);

export type WorkOrder =
  | Named<ProbeWork>
  | (Named<Omit<VideoWork, "rungs">> & { readonly rungs: readonly Named<Rung>[] })
  | (Named<Omit<AudioWork, "chunks">> & { readonly chunks: readonly Named<AudioWork["chunks"][number]>[] })
  | (Named<Omit<ImagesWork, "poster" | "thumbnails">> & {
      readonly poster: Named<ImagesWork["poster"]>;
      readonly thumbnails: Named<ImagesWork["thumbnails"]>;
    });

export type TaskOrder = Omit<Task, "work"> & { readonly work: WorkOrder };

export interface PlannedTask {
  readonly kind: TaskKind;
  readonly chunk: number;
  readonly lane: number;
  /** Order within a job and a lane. */
  readonly rank: number;
  /** Share of the job's work, about proportional to CPU time. */
  readonly weight: number;
  readonly state: TaskState;
}

/** Sound and pictures against one rung's encode of the same time; roughly what they cost. */
const audioWeight = 0.1;
const imagesWeight = 0.02;

export const probeTask: PlannedTask = planned("probe", 0, 0, 0, 1);

export function tasksOf(plan: Plan): readonly PlannedTask[] {
  const { frameCount } = plan.grid;
  const rungCount = plan.video?.rungs.length ?? 0;
  const tasks: PlannedTask[] = [];
  for (const { chunk, frameCount: frames } of plan.video === null ? [] : plan.chunks) {
    tasks.push(planned("video", chunk, chunk, frames * rungCount, 1));
  }
  if (plan.audio) tasks.push(planned("audio", 0, 0, frameCount * audioWeight, plan.chunks.length));
  if (plan.images) tasks.push(planned("images", 0, plan.chunks.length, frameCount * imagesWeight, 1));
  return tasks;
}

function planned(kind: TaskKind, chunk: number, rank: number, weight: number, results: number): PlannedTask {
  return { kind, chunk, lane: laneOf(kind, chunk), rank, weight, state: newTask(results) };
}

/** Every track that a published chunk has. */
export function trackIdsOf(plan: Plan): readonly string[] {
  const video = plan.video?.rungs.map((rung) => rung.track) ?? [];
  return plan.audio ? [...video, plan.audio.track] : video;
}

/** Nominal duration of a fragment. */
export function gopOf({ grid }: Plan): { readonly ticks: number; readonly timescale: number } {
  return { ticks: grid.gopFrames * ticksPerFrame(grid.frameRate), timescale: timescaleOf(grid.frameRate) };
}

export interface OrderFacts {
  readonly taskId: string;
  readonly videoId: string;
  readonly version: number;
  readonly source: SourceRef;
  readonly plan: Plan | null;
  readonly kind: TaskKind;
  readonly chunk: number;
  readonly attempt: number;
  /** Chunks of the sound that an earlier attempt got accepted. */
  readonly accepted: readonly number[];
}

export function workOrder(facts: OrderFacts): WorkOrder {
  const { source, plan, kind } = facts;
  if (kind === "probe") return { kind, source };
  if (plan === null) throw new Error(`a ${kind} task without a plan`);
  switch (kind) {
    case "video":
      return videoOrder(facts, plan);
    case "audio":
      return audioOrder(facts, plan);
    case "images":
      return imagesOrder(facts, plan);
    case "subtitles":
    case "frame":
      throw new Error(`no plan has a ${kind} task`);
  }
}

function videoOrder(facts: OrderFacts, { grid, video, chunks }: Plan): WorkOrder {
  const planned = chunks.find(({ chunk }) => chunk === facts.chunk);
  if (video === null || planned === undefined) throw new Error(`no picture in chunk ${facts.chunk}`);
  const { width: _width, height: _height, rungs, ...shared } = video;
  return {
    kind: "video",
    source: facts.source,
    grid,
    ...shared,
    ...planned,
    rungs: rungs.map((rung) => ({
      ...rung,
      upload: chunkUpload(facts, rung.track, planned, grid.frameRate, rung.maxBitrateBps),
    })),
  };
}

function audioOrder(facts: OrderFacts, { grid, audio, chunks }: Plan): WorkOrder {
  if (audio === null) throw new Error("no sound in the plan");
  const { language: _language, ...shared } = audio;
  return {
    kind: "audio",
    source: facts.source,
    grid,
    ...shared,
    chunks: chunks
      .filter(({ chunk }) => !facts.accepted.includes(chunk))
      .map((planned) => ({
        chunk: planned.chunk,
        firstFragment: planned.firstFragment,
        fragmentCount: planned.fragmentCount,
        upload: chunkUpload(facts, audio.track, planned, grid.frameRate, audio.bitrateBps),
      })),
  };
}

function imagesOrder(facts: OrderFacts, { images }: Plan): WorkOrder {
  if (images === null) throw new Error("no pictures in the plan");
  const { poster, thumbnails } = images;
  const { videoId, version, attempt } = facts;
  return {
    kind: "images",
    source: facts.source,
    ...images,
    poster: { ...poster, upload: { key: posterKey(videoId, version, attempt), maxBytes: jpegCap(poster) } },
    thumbnails: {
      ...thumbnails,
      upload: {
        key: thumbnailPackKey(videoId, version, attempt),
        maxBytes: 4096 + thumbnails.count * (jpegCap(thumbnails) + 16),
      },
    },
  };
}

/** Twice what the encoder's cap allows: an upload beyond that is a fault, not a hard scene. */
function chunkUpload(
  { videoId, version, attempt }: OrderFacts,
  track: string,
  { chunk, frameCount }: PlannedChunk,
  frameRate: FrameRate,
  maxBitrateBps: number,
): UploadRef {
  const seconds = (frameCount * frameRate.denominator) / frameRate.numerator;
  const maxBytes = 1_000_000 + Math.ceil((2 * maxBitrateBps * (seconds + 2)) / 8);
  return { key: chunkKey({ videoId, version, track, chunk, attempt }), maxBytes };
}

/** Three bytes a pixel is more than any JPEG of a natural picture takes. */
const jpegCap = ({ width, height }: { readonly width: number; readonly height: number }) =>
  64_000 + 3 * width * height;
