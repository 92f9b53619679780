// The two indexes that a fragmented MP4 may have: segment indexes (`sidx`, ISO/IEC 14496-12 8.16.3), mostly before the
// media, and the random access index (`mfra`, 8.8.9) at the end.
import { fieldReader, type Box } from "../cmaf/boxes.ts";
import type { ByteRange } from "../source/source.ts";
import { childBoxes } from "./child-boxes.ts";
import type { BoxReader, FileBox } from "./fragmented-boxes.ts";

export interface IndexedEdge {
  /** Of the first movie fragment. */
  readonly offsetBytes: number;
  /** From any one moment of the track, the same for all edges. */
  readonly seconds: number;
}

export interface FragmentIndex {
  readonly edges: readonly IndexedEdge[];
  /** On the same clock; null where the index does not say. */
  readonly endSeconds: number | null;
  readonly endBytes: number;
  readonly ranges: readonly ByteRange[];
}

const windowBytes = 65_536;
const mostIndexBytes = 4 * 2 ** 20;
const mostReferences = 50_000;
const mostSegmentIndexes = 6;

/** Null where there is none, or it does not cover the file. `first` is the first box after the header. */
export async function readSegmentIndex(
  reader: BoxReader,
  first: FileBox,
  trackId: number,
): Promise<FragmentIndex | null> {
  const top = await ownSegmentIndex(reader, first, trackId);
  if (!top) return null;
  const edges: IndexedEdge[] = [];
  const ranges: ByteRange[] = [];
  let endSeconds = 0;
  let endBytes = 0;
  let left = mostReferences;
  // Depth first; an index that names another is replaced by it.
  const queue = [top];
  let read = 1;
  while (queue.length > 0) {
    const index = queue.shift();
    if (!index) break;
    ranges.push({ offsetBytes: index.box.offsetBytes, sizeBytes: index.box.sizeBytes });
    let at = index.anchorBytes;
    let seconds = index.earliestSeconds;
    const nested: SegmentIndex[] = [];
    for (const reference of index.references) {
      if (--left < 0) return null;
      if (reference.isIndex) {
        const box = ++read <= mostSegmentIndexes ? await reader.boxAt(at, windowBytes) : null;
        const child = box?.type === "sidx" ? await parseSegmentIndex(reader, box) : null;
        if (!child) return null;
        nested.push(child);
      } else {
        if (reference.startsInSync) edges.push({ offsetBytes: at, seconds });
        endSeconds = Math.max(endSeconds, seconds + reference.seconds);
        endBytes = Math.max(endBytes, at + reference.sizeBytes);
      }
      at += reference.sizeBytes;
      seconds += reference.seconds;
    }
    queue.unshift(...nested);
  }
  const isWhole = endBytes <= reader.sizeBytes && (await isEndOfMedia(reader, endBytes));
  edges.sort((a, b) => a.offsetBytes - b.offsetBytes);
  return isWhole && edges.length > 0 ? { edges, endSeconds, endBytes, ranges } : null;
}

/** Behind the indexed media comes nothing, or at least no more media. */
async function isEndOfMedia(reader: BoxReader, offsetBytes: number): Promise<boolean> {
  if (offsetBytes === reader.sizeBytes) return true;
  const box = await reader.boxAt(offsetBytes, windowBytes);
  return box !== null && !["moof", "mdat", "sidx", "styp", "emsg", "prft"].includes(box.type);
}

/** Of several indexes side by side, that of the track; else the first. */
async function ownSegmentIndex(
  reader: BoxReader,
  first: FileBox,
  trackId: number,
): Promise<SegmentIndex | null> {
  let box: FileBox | null = first;
  let found: SegmentIndex | null = null;
  for (let count = 0; count < 16 && box?.type === "sidx"; count++) {
    const index: SegmentIndex | null = await parseSegmentIndex(reader, box);
    if (index?.trackId === trackId) return index;
    found ??= index;
    box = await reader.boxAt(box.offsetBytes + box.sizeBytes, windowBytes);
  }
  return found;
}

interface SegmentIndex {
  readonly box: FileBox;
  readonly trackId: number;
  readonly anchorBytes: number;
  readonly earliestSeconds: number;
  readonly references: readonly SegmentReference[];
}

interface SegmentReference {
  readonly isIndex: boolean;
  readonly sizeBytes: number;
  readonly seconds: number;
  readonly startsInSync: boolean;
}

async function parseSegmentIndex(reader: BoxReader, box: FileBox): Promise<SegmentIndex | null> {
  if (box.sizeBytes > mostIndexBytes) return null;
  const bytes = await reader.bytes(box.offsetBytes, box.sizeBytes, windowBytes);
  if (!bytes) return null;
  const fields = fieldReader(bytes, 8, bytes.length);
  const isLong = fields.u32() >>> 24 !== 0;
  const trackId = fields.u32();
  const timescale = fields.u32();
  const earliest = isLong ? fields.u64() : fields.u32();
  const firstOffset = isLong ? fields.u64() : fields.u32();
  fields.skip(2);
  const count = fields.u16();
  const references: SegmentReference[] = [];
  for (let index = 0; index < count && !fields.failed(); index++) {
    const typeAndSize = fields.u32();
    const duration = fields.u32();
    // starts_with_SAP; SAP_type 1 or 2: nothing before is needed, and nothing before is shown after it.
    const sap = fields.u32() >>> 28;
    references.push({
      isIndex: typeAndSize >= 0x80000000,
      sizeBytes: typeAndSize & 0x7fffffff,
      seconds: duration / timescale,
      startsInSync: sap === 0x9 || sap === 0xa || sap === 0x8,
    });
  }
  if (fields.failed() || timescale === 0) return null;
  return {
    box,
    trackId,
    anchorBytes: box.offsetBytes + box.sizeBytes + firstOffset,
    earliestSeconds: earliest / timescale,
    references,
  };
}

const mfroBytes = 16;

/** Null where there is none, or none for the track. */
export async function readRandomAccess(
  reader: BoxReader,
  trackId: number,
  timescale: number,
): Promise<FragmentIndex | null> {
  const tailBytes = Math.min(windowBytes, reader.sizeBytes);
  const tail = await reader.bytes(reader.sizeBytes - tailBytes, tailBytes, tailBytes);
  if (!tail || tail.length < mfroBytes) return null;
  const mfro = fieldReader(tail, tail.length - mfroBytes, tail.length);
  const isThere = mfro.u32() === mfroBytes && mfro.fourCc() === "mfro";
  mfro.skip(4);
  const sizeBytes = mfro.u32();
  if (!isThere || sizeBytes > mostIndexBytes || sizeBytes > reader.sizeBytes) return null;
  const offsetBytes = reader.sizeBytes - sizeBytes;
  const bytes = await reader.bytes(offsetBytes, sizeBytes, sizeBytes);
  const [mfra] = bytes ? childBoxes(bytes, { bodyOffset: 0, end: bytes.length }) : [];
  if (!bytes || mfra?.type !== "mfra") return null;
  for (const box of childBoxes(bytes, mfra)) {
    if (box.type !== "tfra") continue;
    const edges = readTrackAccess(bytes, box, trackId, timescale, offsetBytes);
    if (!edges) continue;
    return { edges, endSeconds: null, endBytes: offsetBytes, ranges: [{ offsetBytes, sizeBytes }] };
  }
  return null;
}

// 8.8.10.
function readTrackAccess(
  bytes: Uint8Array,
  tfra: Box,
  trackId: number,
  timescale: number,
  endBytes: number,
): readonly IndexedEdge[] | null {
  const reader = fieldReader(bytes, tfra.bodyOffset, tfra.end);
  const isLong = reader.u32() >>> 24 !== 0;
  if (reader.u32() !== trackId) return null;
  const lengths = reader.u32();
  const readNumber = (shift: number) => {
    let value = 0;
    for (let bytesLeft = ((lengths >> shift) & 3) + 1; bytesLeft > 0; bytesLeft--)
      value = value * 256 + reader.u8();
    return value;
  };
  const count = reader.u32();
  if (count > mostReferences) return null;
  const edges: IndexedEdge[] = [];
  for (let index = 0; index < count; index++) {
    const ticks = isLong ? reader.u64() : reader.u32();
    const offsetBytes = isLong ? reader.u64() : reader.u32();
    readNumber(4);
    const run = readNumber(2);
    const sample = readNumber(0);
    if (reader.failed()) return null;
    const before = edges.at(-1)?.offsetBytes ?? -1;
    // A span is of whole fragments: only a sync sample that begins one is an edge.
    if (run === 1 && sample === 1 && offsetBytes > before && offsetBytes < endBytes) {
      edges.push({ offsetBytes, seconds: ticks / timescale });
    }
  }
  return edges.length > 0 ? edges : null;
}
