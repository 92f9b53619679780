// Reads what index-format.ts describes, from anywhere: it refuses, never throws, and never allocates more than a
// small multiple of what it was given, because every fragment takes at least one byte.
import { ok, refuse, type Result } from "../result.ts";
import { ByteReader, type ReadFault } from "./byte-reader.ts";
import {
  chunkKind,
  chunkLocation,
  pageLocation,
  spanLocation,
  magic,
  trackIdPattern,
  trackKind,
  version,
  type TrackPart,
} from "./index-format.ts";
import type { Fragments, Location, Run } from "./timeline.ts";

const maxUint32 = 0xffffffff;

export type IndexRefusal =
  | { readonly kind: "notAnIndex" }
  | { readonly kind: "unsupportedVersion"; readonly version: number }
  | { readonly kind: "truncated" }
  | { readonly kind: "trailingBytes" }
  | { readonly kind: "outOfRange" }
  | { readonly kind: "badTrackId" };

export function decodeTrackIndex(bytes: Uint8Array): Result<Fragments, IndexRefusal> {
  const opened = open(bytes, trackKind);
  if (!opened.ok) return opened;
  const reader = opened.value;
  const fragments = readTable(reader);
  return close(reader, fragments);
}

export function decodeChunkIndex(bytes: Uint8Array): Result<readonly TrackPart[], IndexRefusal> {
  const opened = open(bytes, chunkKind);
  if (!opened.ok) return opened;
  const reader = opened.value;
  const count = reader.varint();
  const parts: TrackPart[] = [];
  const seen = new Set<string>();
  for (let part = 0; part < count && reader.fault === null; part++) {
    const track = readTrackId(reader);
    if (reader.fault === null && (!trackIdPattern.test(track) || seen.has(track)))
      return refuse({ kind: "badTrackId" });
    seen.add(track);
    parts.push({ track, fragments: readTable(reader) });
  }
  return close(reader, parts);
}

function open(bytes: Uint8Array, kind: number): Result<ByteReader, IndexRefusal> {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== magic[0] || reader.byte() !== magic[1]) return refuse({ kind: "notAnIndex" });
  const found = reader.byte();
  const foundKind = reader.byte();
  if (reader.fault !== null) return refuse({ kind: "truncated" });
  if (found !== version) return refuse({ kind: "unsupportedVersion", version: found });
  if (foundKind !== kind) return refuse({ kind: "notAnIndex" });
  return ok(reader);
}

function close<T>(reader: ByteReader, value: T): Result<T, IndexRefusal> {
  if (reader.fault !== null) return refuse(faultRefusal(reader.fault));
  if (reader.left > 0) return refuse({ kind: "trailingBytes" });
  return ok(value);
}

function faultRefusal(fault: ReadFault): IndexRefusal {
  return { kind: fault };
}

function readTrackId(reader: ByteReader): string {
  const length = reader.byte();
  if (length > 16) reader.fail("outOfRange");
  let track = "";
  for (let index = 0; index < length && reader.fault === null; index++)
    track += String.fromCharCode(reader.byte());
  return track;
}

function readTable(reader: ByteReader): Fragments {
  const first = reader.varint();
  const startTicks = reader.varint();
  // Each fragment has a size of at least one byte, so a count beyond what is left can't be honest.
  let count = reader.varint();
  if (count > reader.left) count = reader.fail("truncated");
  const sync = readSync(reader, count);
  const durationTicks = readDurations(reader, count);
  const leadBytes = reader.byte() === 0 ? new Uint32Array(count) : readColumn(reader, count);
  const sizeBytes = readColumn(reader, count);
  const runs = readRuns(reader, count);
  const fragments = { first, startTicks, durationTicks, sizeBytes, leadBytes, sync, runs };
  if (reader.fault === null && !isConsistent(fragments)) reader.fail("outOfRange");
  return fragments;
}

function readSync(reader: ByteReader, count: number): Uint8Array {
  const sync = new Uint8Array(count);
  let current = 1;
  for (let from = 0; from < count && reader.fault === null; current = 1 - current) {
    // An empty stretch is odd but harmless: each takes a byte, so the loop ends with the bytes.
    const length = reader.varint(count - from);
    sync.fill(current, from, from + length);
    from += length;
  }
  return sync;
}

function readDurations(reader: ByteReader, count: number): Uint32Array {
  const durations = new Uint32Array(count);
  let value = 0;
  for (let from = 0; from < count && reader.fault === null;) {
    const length = reader.varint(count - from);
    value += reader.signed();
    if (length === 0 || value < 0 || value > maxUint32) reader.fail("outOfRange");
    durations.fill(value, from, from + length);
    from += length;
  }
  return durations;
}

function readColumn(reader: ByteReader, count: number): Uint32Array {
  const column = new Uint32Array(count);
  for (let index = 0; index < count; index++) column[index] = reader.varint(maxUint32);
  return column;
}

function readRuns(reader: ByteReader, count: number): readonly Run[] {
  const runs: Run[] = [];
  let chunk = 0;
  let pageEnd = 0;
  const readLocation = (): Location => {
    switch (reader.byte()) {
      case chunkLocation: {
        chunk += reader.signed();
        if (!isCount(chunk)) reader.fail("outOfRange");
        return { kind: "chunk", chunk, attempt: reader.varint() };
      }
      case pageLocation: {
        const pageOffsetBytes = pageEnd + reader.signed();
        const pageSizeBytes = reader.varint();
        pageEnd = pageOffsetBytes + pageSizeBytes;
        if (!isCount(pageOffsetBytes) || !isCount(pageEnd)) reader.fail("outOfRange");
        return { kind: "page", pageOffsetBytes, pageSizeBytes };
      }
      case spanLocation:
        return { kind: "span" };
      default:
        reader.fail("outOfRange");
        return { kind: "span" };
    }
  };
  for (let from = 0; from < count && reader.fault === null;) {
    const length = reader.varint(count - from);
    const location = readLocation();
    const offsetBytes = reader.varint();
    if (length === 0) reader.fail("outOfRange");
    runs.push({ from, location, offsetBytes });
    from += length;
  }
  return runs;
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;

/** Sums stay exact integers, and a key frame lies within its fragment. */
function isConsistent(fragments: Fragments): boolean {
  const { first, startTicks, durationTicks, sizeBytes, leadBytes, runs } = fragments;
  let ticks = startTicks;
  let bytes = 0;
  for (let index = 0; index < sizeBytes.length; index++) {
    ticks += durationTicks[index] ?? 0;
    bytes += sizeBytes[index] ?? 0;
    if ((leadBytes[index] ?? 0) > (sizeBytes[index] ?? 0)) return false;
  }
  const furthest = runs.reduce((most, run) => Math.max(most, run.offsetBytes), 0) + bytes;
  return [first + sizeBytes.length, ticks, furthest].every(Number.isSafeInteger);
}
