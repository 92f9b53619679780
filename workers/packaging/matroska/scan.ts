// What a stretch of blocks says about a file, without keeping the media: when pictures and sound of its beginning, or
// of any place in it, are to be presented.
import { readFrames, walkBlocks, type Block, type WalkEnd } from "./blocks.ts";

export interface Scan {
  /** In decode order. */
  readonly pictures: readonly ScannedPicture[];
  /** Timestamps of whole blocks, and the first frame of each. */
  readonly sound: ReadonlyMap<number, readonly ScannedSound[]>;
  /** How far, at most, sound lies from the time between the pictures that it lies between. */
  readonly skew: number;
  readonly end: WalkEnd;
}

export interface ScannedPicture {
  readonly timestamp: number;
  readonly isKey: boolean;
  /** As much as was read. */
  readonly bytes: Uint8Array;
  readonly block: Block;
}

export interface ScannedSound {
  readonly timestamp: number;
  readonly frames: number;
  readonly first: Uint8Array;
  readonly sizeBytes: number;
}

/** Two megabytes of tiny blocks say no more than their beginning. */
const mostBlocks = 10_000;

/** `bytes` begin with a Cluster; what lies before `fromBytes` in it is passed over. */
export function scanBlocks(
  bytes: Uint8Array,
  picture: number | null,
  sound: readonly number[],
  fromBytes = 0,
): Scan {
  const pictures: ScannedPicture[] = [];
  const heard = new Map<number, ScannedSound[]>(sound.map((number) => [number, []]));
  let left = mostBlocks;
  let skew = 0;
  let shown = -Infinity;
  let latestSound = -Infinity;
  const end = walkBlocks(bytes, (block) => {
    if (block.cluster.offset === 0 && block.offset - block.cluster.bodyOffset < fromBytes) return true;
    const { timestamp, isKey } = block;
    if (block.track === picture) {
      const frame = bytes.subarray(block.bodyOffset, Math.min(block.end, bytes.length));
      pictures.push({ timestamp, isKey, bytes: frame, block });
      shown = Math.max(shown, timestamp);
      // Sound since the picture before is not from after this one.
      skew = Math.max(skew, latestSound - shown);
      latestSound = -Infinity;
    }
    const frames = heard.has(block.track) ? readFrames(bytes, block) : null;
    const [first] = frames ?? [];
    if (frames && first) {
      const sizeBytes = block.end - block.bodyOffset;
      heard.get(block.track)?.push({ timestamp, frames: frames.length, first, sizeBytes });
      latestSound = Math.max(latestSound, timestamp);
      if (pictures.length > 0) skew = Math.max(skew, shown - timestamp);
    }
    return --left > 0;
  });
  return { pictures, sound: heard, skew, end };
}

/** No file's encoder looks further ahead. */
const mostReorder = 16;

/**
 * Presentation times in order, without those that a picture which was not read any more may come before; and the most
 * that a picture is presented before its place in that order would be its turn to be decoded.
 */
export function orderPictures(pictures: readonly ScannedPicture[], isWhole: boolean) {
  const times = pictures.map(({ timestamp }) => timestamp);
  const order = times.toSorted((a, b) => a - b);
  const sure = isWhole ? order.length : Math.max(Math.min(2, order.length), order.length - mostReorder);
  let delay = 0;
  for (let index = 0; index < sure; index++)
    delay = Math.max(delay, (order[index] ?? 0) - (times[index] ?? 0));
  return { times: order.slice(0, sure), delay };
}
