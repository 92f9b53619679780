// What a Matroska file says before its media, and its Cues wherever they lie (RFC 9559 section 5 and 25.3).
import { ok, refuse, type Result } from "#workers/result.ts";
import type { BoundedReads } from "../source/bounded-reads.ts";
import type { ByteRange, Unfit, UnfitCode } from "../source/source.ts";
import { Master, readElement, type Element } from "./ebml.ts";
import { ids } from "./ids.ts";

export interface MatroskaHeader {
  readonly info: Master;
  readonly tracks: Master;
  readonly cues: Master;
  readonly segment: { readonly bodyOffset: number; readonly end: number };
  readonly firstClusterOffset: number;
  /** Where the clusters end for certain: at the next thing that is known to lie behind them. */
  readonly clustersEnd: number;
  /** The file from its beginning, as far as it was read at once. */
  readonly head: Uint8Array;
  /** Header, tracks and cues. */
  readonly ranges: readonly ByteRange[];
}

export const headBytes = 2 * 2 ** 20;
const windowBytes = 65_536;
const mostCuesBytes = 6 * 2 ** 20;
const mostElements = 256;
const tailBytes = 2 ** 20;

export async function readHeader(file: BoundedReads): Promise<Result<MatroskaHeader, Unfit>> {
  const head = await file.read(0, headBytes);
  if (head === null) return unfit("malformed", "The file is empty.");
  const segment = findSegment(head, file.sizeBytes);
  if (!segment.ok) return segment;
  const walk = await walkSegment(file, head, segment.value);
  if (!walk.ok) return walk;
  const { seen, firstClusterOffset } = walk.value;
  const sought = await readSeekHeads(file, head, seen.get(ids.seekHead) ?? [], segment.value);
  const load = async (id: number): Promise<Loaded | null> => {
    const offset = seen.get(id)?.[0] ?? sought.get(id);
    return offset === undefined ? null : loadElement(file, head, offset, id);
  };
  const info = await load(ids.info);
  const tracks = await load(ids.tracks);
  if (!info || !tracks) return unfit("malformed", "The file's header is damaged or not where it says.");
  if (firstClusterOffset === null) return unfit("noMedia", "The file has no media.");
  const cues = (await load(ids.cues)) ?? (await findCuesInTail(file));
  if (!cues) return unfit("indexMissing", "The file has no index (Cues) that could be read.");
  const behind = [...sought.values(), cues.range.offsetBytes, segment.value.end];
  return ok({
    info: info.master,
    tracks: tracks.master,
    cues: cues.master,
    segment: segment.value,
    firstClusterOffset,
    clustersEnd: Math.min(
      ...behind.filter((offset) => offset > lastClusterOffset(cues.master, segment.value)),
    ),
    head,
    ranges: [{ offsetBytes: 0, sizeBytes: firstClusterOffset }, info.range, tracks.range, cues.range],
  });
}

interface Segment {
  readonly bodyOffset: number;
  readonly end: number;
}

function findSegment(head: Uint8Array, sizeBytes: number): Result<Segment, Unfit> {
  const ebml = readElement(head, 0);
  const header = ebml?.id === ids.ebml ? Master.read(head, ebml) : null;
  if (!ebml || !header || ebml.end === null) {
    return unfit("containerNotSupported", "The file is not Matroska or WebM.");
  }
  const docType = header.text(ids.docType);
  if (docType !== "matroska" && docType !== "webm") {
    return unfit("containerNotSupported", "The file is neither Matroska nor WebM.");
  }
  const segment = readElement(head, ebml.end);
  if (segment?.id !== ids.segment) return unfit("malformed", "The file has no Segment after its header.");
  if ((segment.end ?? 0) > sizeBytes) return unfit("truncated", "The file ends before its Segment does.");
  return ok({ bodyOffset: segment.bodyOffset, end: segment.end ?? sizeBytes });
}

interface Walk {
  /** Offsets in the file, by id. */
  readonly seen: ReadonlyMap<number, readonly number[]>;
  readonly firstClusterOffset: number | null;
}

/** The children of the Segment up to the first Cluster. */
async function walkSegment(
  file: BoundedReads,
  head: Uint8Array,
  segment: Segment,
): Promise<Result<Walk, Unfit>> {
  const seen = new Map<number, number[]>();
  let window = { offsetBytes: 0, bytes: head };
  let offset = segment.bodyOffset;
  for (let count = 0; count < mostElements && offset < segment.end; count++) {
    if (offset + longestHeaderBytes > window.offsetBytes + window.bytes.length) {
      const bytes = await file.read(offset, windowBytes);
      if (bytes === null) break;
      window = { offsetBytes: offset, bytes };
    }
    const element = readElement(window.bytes, offset - window.offsetBytes);
    if (element === null) return unfit("malformed", `The element at byte ${offset} of the file is damaged.`);
    if (element.id === ids.cluster) return ok({ seen, firstClusterOffset: offset });
    if (element.end === null) return unfit("malformed", `The element at byte ${offset} has no size.`);
    seen.set(element.id, [...(seen.get(element.id) ?? []), offset]);
    offset = window.offsetBytes + element.end;
  }
  return ok({ seen, firstClusterOffset: null });
}

const longestHeaderBytes = 12;

/** Where the SeekHeads say that things are. One may name another, which is read; no further. */
async function readSeekHeads(
  file: BoundedReads,
  head: Uint8Array,
  offsets: readonly number[],
  segment: Segment,
): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number>();
  const add = async (offset: number) => {
    const seekHead = await loadElement(file, head, offset, ids.seekHead);
    for (const seek of seekHead?.master.masters(ids.seek) ?? []) {
      const id = seek.binary(ids.seekId);
      const position = seek.uint(ids.seekPosition);
      if (id === null || position === null || id.length > 4) continue;
      const key = id.reduce((value, byte) => value * 256 + byte, 0);
      if (!found.has(key)) found.set(key, segment.bodyOffset + position);
    }
  };
  for (const offset of offsets.slice(0, 2)) await add(offset);
  const further = found.get(ids.seekHead);
  if (further !== undefined && !offsets.includes(further)) await add(further);
  return found;
}

interface Loaded {
  readonly master: Master;
  readonly range: ByteRange;
}

async function loadElement(
  file: BoundedReads,
  head: Uint8Array,
  offset: number,
  id: number,
): Promise<Loaded | null> {
  const inHead = readElement(head, offset);
  if (inHead?.id === id && (inHead.end ?? Infinity) <= head.length) return loaded(head, inHead, 0);
  const first = await file.read(offset, windowBytes);
  const element = first && readElement(first, 0);
  if (!first || element?.id !== id || element.end === null || element.end > mostCuesBytes) return null;
  if (element.end <= first.length) return loaded(first, element, offset);
  const rest = await file.read(offset + first.length, element.end - first.length);
  if (rest === null || first.length + rest.length < element.end) return null;
  const bytes = new Uint8Array(element.end);
  bytes.set(first);
  bytes.set(rest, first.length);
  return loaded(bytes, element, offset);
}

function loaded(bytes: Uint8Array, element: Element, baseBytes: number): Loaded | null {
  const master = Master.read(bytes, element);
  if (master === null || element.end === null) return null;
  return {
    master,
    range: { offsetBytes: baseBytes + element.offset, sizeBytes: element.end - element.offset },
  };
}

/** Some writers leave the Cues out of the SeekHead. They lie near the end, behind the media. */
async function findCuesInTail(file: BoundedReads): Promise<Loaded | null> {
  const offset = Math.max(0, file.sizeBytes - tailBytes);
  const tail = await file.read(offset, tailBytes);
  if (tail === null) return null;
  for (let at = tail.length - longestHeaderBytes; at >= 0; at--) {
    if (tail[at] !== 0x1c || tail[at + 1] !== 0x53) continue;
    const element = readElement(tail, at);
    if (element?.id !== ids.cues || element.end === null || element.end > tail.length) continue;
    const found = loaded(tail, element, offset);
    if (found?.master.has(ids.cuePoint)) return found;
  }
  return null;
}

/** The latest cluster that any cue names. */
function lastClusterOffset(cues: Master, segment: Segment): number {
  let last = 0;
  for (const point of cues.masters(ids.cuePoint)) {
    for (const at of point.masters(ids.cueTrackPositions)) {
      last = Math.max(last, at.uint(ids.cueClusterPosition) ?? 0);
    }
  }
  return segment.bodyOffset + last;
}

function unfit(code: UnfitCode, message: string) {
  return refuse<Unfit>({ code, message });
}
