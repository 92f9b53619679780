// A task as its runner is told it, except that objects are named by key: signing URLs is left to the route. Pure.
import {
  frameKey,
  chunkKey,
  posterKey,
  subtitlesKey,
  thumbnailPackKey,
  previewKey,
  storyboardKey,
} from "#workers/storage/keys.ts";
import type { PictureSize } from "#workers/storage/stored-images.ts";
import type { PlannedChunk } from "#workers/timeline/grid.ts";
import type { FrameRate } from "#workers/timeline/timeline.ts";
import type { ByteRange } from "#workers/packaging/source/source.ts";
import type { JobSource } from "./job-rows.ts";
import type { TaskKind } from "./board.ts";
import type {
  AudioWork,
  FrameWork,
  ImagesWork,
  ProbeWork,
  Rung,
  SubtitlesWork,
  Task,
  VideoWork,
} from "./contract.ts";
import type { Plan, VideoPlan } from "./plan.ts";
import { rungsOf } from "./planned-tasks.ts";
import { absurdBitrateBps } from "./vbv.ts";

export interface SourceRef {
  readonly key: string;
  readonly sizeBytes: number;
  /** As the contract's. */
  readonly ranges?: readonly ByteRange[];
}
export interface UploadRef {
  readonly key: string;
  readonly maxBytes: number;
}

type Named<T> = Omit<T, "source" | "upload"> &
  (T extends { source: unknown } ? { readonly source: SourceRef } : unknown) &
  (T extends { upload: unknown } ? { readonly upload: UploadRef } : unknown);

type Sized<T extends { sizes: readonly unknown[] }> = Omit<T, "sizes"> & {
  readonly sizes: readonly Named<T["sizes"][number]>[];
};

export type WorkOrder =
  | Named<ProbeWork>
  | (Named<Omit<VideoWork, "rungs">> & { readonly rungs: readonly Named<Rung>[] })
  | (Named<Omit<AudioWork, "chunks">> & { readonly chunks: readonly Named<AudioWork["chunks"][number]>[] })
  | (Named<Omit<ImagesWork, "poster" | "thumbnails" | "storyboard" | "preview">> & {
      readonly poster: Sized<ImagesWork["poster"]>;
      readonly thumbnails: Sized<ImagesWork["thumbnails"]>;
      readonly storyboard: Named<ImagesWork["storyboard"]>;
      readonly preview?: Named<NonNullable<ImagesWork["preview"]>> | undefined;
    })
  | Named<FrameWork>
  | (Named<Omit<SubtitlesWork, "streams">> & {
      readonly streams: readonly Named<SubtitlesWork["streams"][number]>[];
    });

export type TaskOrder = Omit<Task, "work"> & { readonly work: WorkOrder };

export interface OrderFacts {
  readonly taskId: string;
  readonly videoId: string;
  readonly version: number;
  readonly source: JobSource;
  readonly plan: Plan | null;
  readonly kind: TaskKind;
  readonly chunk: number;
  readonly track: string;
  readonly attempt: number;
  /** Chunks of the sound that an earlier attempt got accepted. */
  readonly accepted: readonly number[];
}

export function workOrder(facts: OrderFacts): WorkOrder {
  const { source, plan, kind } = facts;
  if (kind === "probe") return { kind, source };
  if (kind === "frame") return frameOrder(facts);
  if (plan === null) throw new Error(`a ${kind} task without a plan`);
  switch (kind) {
    case "video":
      return videoOrder(facts, plan);
    case "audio":
      return audioOrder(facts, plan);
    case "images":
      return imagesOrder(facts, plan);
    case "subtitles":
      return subtitlesOrder(facts, plan);
  }
}

function videoOrder(facts: OrderFacts, plan: Plan): WorkOrder {
  const { grid, video, chunks } = plan;
  const planned = chunks.find(({ chunk }) => chunk === facts.chunk);
  if (video === null || planned === undefined) throw new Error(`no picture in chunk ${facts.chunk}`);
  return {
    kind: "video",
    source: facts.source,
    grid,
    ...sharedOf(video),
    ...planned,
    rungs: rungsOf(plan, facts).map((rung) => ({
      ...rung,
      upload: chunkUpload(facts, rung.track, planned, grid.frameRate, absurdBitrateBps(rung, grid.frameRate)),
    })),
  };
}

function sharedOf(video: VideoPlan) {
  const { width: _width, height: _height, rungs: _rungs, firstRung: _firstRung, ...shared } = video;
  return shared;
}

function audioOrder(facts: OrderFacts, { grid, audios, chunks }: Plan): WorkOrder {
  const audio = audios.find(({ track }) => track === facts.track);
  if (audio === undefined) throw new Error(`no sound ${facts.track} in the plan`);
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
        upload: chunkUpload(facts, audio.track, planned, grid.frameRate, 2 * audio.bitrateBps),
      })),
  };
}

function imagesOrder(facts: OrderFacts, { images }: Plan): WorkOrder {
  if (images === null) throw new Error("no pictures in the plan");
  const { poster, thumbnails, storyboard, preview } = images;
  const { videoId, version, attempt } = facts;
  const sheets = Math.ceil(thumbnails.count / (storyboard.columns * storyboard.rows));
  const sheetSize = {
    width: storyboard.columns * storyboard.width,
    height: storyboard.rows * storyboard.height,
  };
  return {
    kind: "images",
    source: facts.source,
    ...images,
    poster: {
      ...poster,
      sizes: poster.sizes.map((size) => ({
        ...size,
        upload: { key: posterKey(videoId, version, size.width, attempt), maxBytes: jpegCap(size) },
      })),
    },
    thumbnails: {
      ...thumbnails,
      sizes: thumbnails.sizes.map((size) => ({
        ...size,
        upload: {
          key: thumbnailPackKey(videoId, version, size.width, attempt),
          maxBytes: packCap(thumbnails.count, size),
        },
      })),
    },
    storyboard: {
      ...storyboard,
      upload: { key: storyboardKey(videoId, version, attempt), maxBytes: packCap(sheets, sheetSize) },
    },
    preview: preview && {
      ...preview,
      upload: {
        key: previewKey(videoId, version, attempt),
        maxBytes: 100_000 + preview.pictures * jpegCap(preview),
      },
    },
  };
}

const packCap = (count: number, size: PictureSize) => 4096 + count * (jpegCap(size) + 16);

function frameOrder({ videoId, version, source: { frame, ...source } }: OrderFacts): WorkOrder {
  if (frame === undefined) throw new Error("no picture is asked for");
  const { atMs, ...facts } = frame;
  const upload = { key: frameKey(videoId, version, frame), maxBytes: jpegCap(frame) };
  return { kind: "frame", source, ...facts, atSeconds: atMs / 1000, upload };
}

function subtitlesOrder({ videoId, version, attempt, source }: OrderFacts, { subtitles }: Plan): WorkOrder {
  if (subtitles === null) throw new Error("no text in the plan");
  return {
    kind: "subtitles",
    source,
    sourceStartSeconds: subtitles.sourceStartSeconds,
    streams: subtitles.streams.map(({ streamIndex }, order) => ({
      streamIndex,
      upload: { key: subtitlesKey(videoId, version, order, attempt), maxBytes: maxSubtitlesBytes },
    })),
  };
}

/** All that is said in a day is less than a tenth of it. */
const maxSubtitlesBytes = 16 * 1024 * 1024;

/** An upload beyond that is a fault, not a hard scene. */
function chunkUpload(
  { videoId, version, attempt }: OrderFacts,
  track: string,
  { chunk, frameCount }: PlannedChunk,
  frameRate: FrameRate,
  mostBps: number,
): UploadRef {
  const seconds = (frameCount * frameRate.denominator) / frameRate.numerator;
  const maxBytes = 1_000_000 + Math.ceil((mostBps * (seconds + 2)) / 8);
  return { key: chunkKey({ videoId, version, track, chunk, attempt }), maxBytes };
}

/** Three bytes a pixel is more than any JPEG of a natural picture takes. */
const jpegCap = ({ width, height }: PictureSize) => 64_000 + 3 * width * height;
