// Which bytes of the source a task needs. Where the index of the uploaded file was read, its map says where each moment
// is; a runner then fetches no more than its chunk. Read when a task is given out: a plan with the ranges of every chunk
// would be as long as the map times its chunks.
import { logError } from "#workers/http/log.ts";
import { decodeSourceMap, rangesFor } from "#workers/packaging/source/map-codec.ts";
import type { SourceMap } from "#workers/packaging/source/source.ts";
import { sourceMapKey } from "#workers/storage/keys.ts";
import { sourceVersionOf } from "#workers/timeline/version-numbers.ts";
import type { Grid } from "./contract.ts";
import { framesPerSecond } from "./frame-rate.ts";
import type { TaskOrder } from "./work-order.ts";

/** A file of this size is there before its map would be. */
const smallBytes = 8 * 1024 * 1024;
/** Nearly all of it is all of it, without the requests between. */
const nearlyWhole = 0.9;
/** Decoding starts at the sync sample a second before the first frame. */
const leadSeconds = 1.5;
/** The frame after the last one is needed to know how long that was shown, and decoders reorder. */
const tailSeconds = 1;

/** The same order, with the ranges of the source where they can be told. */
export async function withSourceRanges(bucket: R2Bucket, order: TaskOrder): Promise<TaskOrder> {
  const window = windowOf(order);
  if (window === null || order.work.source.sizeBytes <= smallBytes) return order;
  const map = await readMap(bucket, order).catch((error: unknown) => {
    // The whole file does as well.
    logError("transcoding.mapUnreadable", error, { videoId: order.videoId, version: order.version });
    return null;
  });
  if (map === null) return order;
  const ranges = rangesFor(map, window.fromSeconds, window.toSeconds);
  const neededBytes = ranges.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const { source } = order.work;
  if (ranges.length === 0 || neededBytes > source.sizeBytes * nearlyWhole) return order;
  return { ...order, work: { ...order.work, source: { ...source, ranges } } };
}

interface Window {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** In seconds of the file. Null for work that goes through all of it. */
function windowOf({ work }: TaskOrder): Window | null {
  switch (work.kind) {
    case "video": {
      const from = work.sourceStartSeconds + secondsOf(work.grid, work.firstFrame);
      const to = work.sourceStartSeconds + secondsOf(work.grid, work.firstFrame + work.frameCount);
      return { fromSeconds: from - leadSeconds, toSeconds: to + tailSeconds };
    }
    case "frame": {
      const at = work.sourceStartSeconds + work.atSeconds;
      return { fromSeconds: at - leadSeconds, toSeconds: at + tailSeconds };
    }
    case "probe":
    case "audio":
    case "images":
    case "subtitles":
      return null;
  }
}

function secondsOf({ frameRate }: Grid, frames: number): number {
  return frames / framesPerSecond(frameRate);
}

async function readMap(bucket: R2Bucket, { videoId, version }: TaskOrder): Promise<SourceMap | null> {
  const object = await bucket.get(sourceMapKey(videoId, sourceVersionOf(version)));
  if (object === null) return null;
  const map = decodeSourceMap(new Uint8Array(await object.arrayBuffer()));
  if (!map.ok) throw new Error(map.reason.kind);
  return map.value;
}
