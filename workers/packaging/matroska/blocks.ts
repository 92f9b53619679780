// Clusters and the blocks in them (RFC 9559 10 and 5.1.3), over a part of a file.
import { readChildren, readElement, readUint, readVint, type KnownElement } from "./ebml.ts";
import { ids, levelOne } from "./ids.ts";

export interface Block {
  /** Of the SimpleBlock or BlockGroup, in the bytes that were walked. */
  readonly offset: number;
  readonly cluster: { readonly offset: number; readonly bodyOffset: number };
  readonly track: number;
  /** In units of the file. */
  readonly timestamp: number;
  readonly isKey: boolean;
  readonly lacing: Lacing;
  readonly bodyOffset: number;
  /** May lie past what was read. */
  readonly end: number;
}

export type Lacing = "none" | "xiph" | "fixed" | "ebml";
/** In the order of the two flag bits. */
const lacings: readonly Lacing[] = ["none", "xiph", "fixed", "ebml"];

/** `cut`: the bytes end inside an element. `stopped`: the visitor had enough. */
export type WalkEnd = "whole" | "cut" | "stopped" | "damaged";

/** `bytes` begin with a Cluster. The visitor answers whether to go on. */
export function walkBlocks(bytes: Uint8Array, visit: (block: Block) => boolean): WalkEnd {
  let offset = 0;
  while (offset < bytes.length) {
    const element = readElement(bytes, offset);
    if (element === null) return bytes.length - offset < longestHeaderBytes ? "cut" : "damaged";
    if (element.id === ids.cluster) {
      const walked = walkCluster(bytes, element, visit);
      if (typeof walked === "string") return walked;
      offset = walked;
      continue;
    }
    if (!levelOne.has(element.id) && element.id !== ids.void) return "damaged";
    if (element.end === null) return "damaged";
    offset = element.end;
  }
  return offset > bytes.length ? "cut" : "whole";
}

/** Four bytes of id and eight of size. */
const longestHeaderBytes = 12;

/** Ten days in nanoseconds: products with units of time stay exact. */
const mostTimestamp = 2 ** 50;

function walkCluster(
  bytes: Uint8Array,
  cluster: { readonly offset: number; readonly bodyOffset: number; readonly end: number | null },
  visit: (block: Block) => boolean,
): number | WalkEnd {
  let clusterTimestamp: number | null = null;
  let offset = cluster.bodyOffset;
  while (offset < (cluster.end ?? bytes.length)) {
    if (offset >= bytes.length) return "cut";
    const element = readElement(bytes, offset);
    if (element === null) return bytes.length - offset < longestHeaderBytes ? "cut" : "damaged";
    if (cluster.end === null && levelOne.has(element.id)) return offset;
    if (element.end === null || element.end > (cluster.end ?? Infinity)) return "damaged";
    const whole: KnownElement = { ...element, end: element.end };
    switch (element.id) {
      case ids.timestamp:
        if (whole.end - whole.bodyOffset > 8) return "damaged";
        if (whole.end > bytes.length) return "cut";
        clusterTimestamp = readUint(bytes, whole.bodyOffset, whole.end);
        if (clusterTimestamp > mostTimestamp) return "damaged";
        break;
      case ids.simpleBlock:
      case ids.blockGroup: {
        // RFC 9559 5.1.3.1: the Timestamp comes before the blocks that count from it.
        if (clusterTimestamp === null) return "damaged";
        const block = readBlock(bytes, whole, cluster, clusterTimestamp);
        if (typeof block === "string") return block;
        if (!visit(block)) return "stopped";
        break;
      }
      case ids.encryptedBlock:
        return "damaged";
      default:
    }
    offset = whole.end;
  }
  return offset;
}

function readBlock(
  bytes: Uint8Array,
  element: KnownElement,
  cluster: { readonly offset: number; readonly bodyOffset: number },
  clusterTimestamp: number,
): Block | "cut" | "damaged" {
  let body = element;
  let isReferring: boolean | null = null;
  if (element.id === ids.blockGroup) {
    if (element.end > bytes.length) return "cut";
    const children = readChildren(bytes, element.bodyOffset, element.end);
    const block = children?.find((child) => child.id === ids.block);
    if (!children || !block) return "damaged";
    body = block;
    isReferring = children.some((child) => child.id === ids.referenceBlock);
  }
  const track = readVint(bytes, body.bodyOffset, Math.min(body.end, bytes.length));
  if (track === null) return body.bodyOffset + 8 > bytes.length ? "cut" : "damaged";
  const at = body.bodyOffset + track.length;
  if (at + 3 > body.end) return "damaged";
  if (at + 3 > bytes.length) return "cut";
  // A signed offset from the cluster's time, then flags.
  const relative = (readUint(bytes, at, at + 2) << 16) >> 16;
  const flags = bytes[at + 2] ?? 0;
  return {
    offset: element.offset,
    cluster: { offset: cluster.offset, bodyOffset: cluster.bodyOffset },
    track: track.value ?? 0,
    timestamp: clusterTimestamp + relative,
    isKey: isReferring === null ? (flags & 0x80) !== 0 : !isReferring,
    lacing: lacings[(flags & 0x06) >> 1] ?? "none",
    bodyOffset: at + 3,
    end: body.end,
  };
}

/** The frames of a block that lies whole in the bytes; null where its lacing does not add up. */
export function readFrames(bytes: Uint8Array, block: Block): readonly Uint8Array[] | null {
  const { bodyOffset, end, lacing } = block;
  if (end > bytes.length) return null;
  if (lacing === "none") return end > bodyOffset ? [bytes.subarray(bodyOffset, end)] : null;
  if (bodyOffset >= end) return null;
  const count = (bytes[bodyOffset] ?? 0) + 1;
  const laced = readLaceSizes(bytes, bodyOffset + 1, end, lacing, count);
  if (laced === null) return null;
  const frames: Uint8Array[] = [];
  let at = laced.dataOffset;
  for (const sizeBytes of laced.sizes) {
    if (sizeBytes <= 0) return null;
    frames.push(bytes.subarray(at, at + sizeBytes));
    at += sizeBytes;
  }
  return at === end ? frames : null;
}

interface LaceSizes {
  readonly sizes: readonly number[];
  readonly dataOffset: number;
}

/** RFC 9559 10.3: the sizes of all frames but the last, whose size is what is left. */
function readLaceSizes(
  bytes: Uint8Array,
  start: number,
  end: number,
  lacing: Exclude<Lacing, "none">,
  count: number,
): LaceSizes | null {
  if (lacing === "fixed") {
    const each = (end - start) / count;
    return Number.isInteger(each)
      ? { sizes: Array.from({ length: count }, () => each), dataOffset: start }
      : null;
  }
  const sizes: number[] = [];
  let at = start;
  let total = 0;
  for (let index = 0; index < count - 1; index++) {
    let sizeBytes = 0;
    if (lacing === "xiph") {
      let byte = 255;
      while (byte === 255) {
        if (at >= end) return null;
        byte = bytes[at++] ?? 0;
        sizeBytes += byte;
      }
    } else {
      const vint = readVint(bytes, at, end);
      if (vint === null || vint.value === null) return null;
      at += vint.length;
      // After the first, a signed difference: the range of the integer is shifted by half.
      const before = sizes.at(-1);
      sizeBytes = before === undefined ? vint.value : before + vint.value - (2 ** (7 * vint.length - 1) - 1);
    }
    sizes.push(sizeBytes);
    total += sizeBytes;
  }
  sizes.push(end - at - total);
  return { sizes, dataOffset: at };
}
