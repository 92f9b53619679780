// Writes what index-format.ts describes. Apart from the reading, which every playback loads.
import { ByteWriter } from "./byte-writer.ts";
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
import type { Fragments, Run } from "./timeline.ts";

export function encodeTrackIndex(fragments: Fragments): Uint8Array {
  const writer = begin(trackKind);
  writeTable(writer, fragments);
  return writer.finish();
}

export function encodeChunkIndex(parts: readonly TrackPart[]): Uint8Array {
  const writer = begin(chunkKind);
  writer.varint(parts.length);
  for (const { track, fragments } of parts) {
    if (!trackIdPattern.test(track)) throw new RangeError(`${track} is not a track id`);
    writer.byte(track.length);
    for (let index = 0; index < track.length; index++) writer.byte(track.charCodeAt(index));
    writeTable(writer, fragments);
  }
  return writer.finish();
}

function begin(kind: number): ByteWriter {
  const writer = new ByteWriter();
  for (const byte of [...magic, version, kind]) writer.byte(byte);
  return writer;
}

function writeTable(writer: ByteWriter, fragments: Fragments): void {
  const { durationTicks, sizeBytes, leadBytes, sync } = fragments;
  writer.varint(fragments.first);
  writer.varint(fragments.startTicks);
  writer.varint(sizeBytes.length);
  writeSync(writer, sync);
  writeDurations(writer, durationTicks);
  const hasLeads = leadBytes.some((lead) => lead !== 0);
  writer.byte(hasLeads ? 1 : 0);
  if (hasLeads) for (const lead of leadBytes) writer.varint(lead);
  for (const size of sizeBytes) writer.varint(size);
  writeRuns(writer, fragments.runs, sizeBytes.length);
}

function writeSync(writer: ByteWriter, sync: Uint8Array): void {
  let current = 1;
  for (let from = 0; from < sync.length; current = 1 - current) {
    let to = from;
    while (to < sync.length && (sync[to] === 0 ? 0 : 1) === current) to++;
    writer.varint(to - from);
    from = to;
  }
}

function writeDurations(writer: ByteWriter, durations: Uint32Array): void {
  let before = 0;
  for (let from = 0; from < durations.length;) {
    const value = durations[from] ?? 0;
    let to = from + 1;
    while (to < durations.length && durations[to] === value) to++;
    writer.varint(to - from);
    writer.signed(value - before);
    before = value;
    from = to;
  }
}

function writeRuns(writer: ByteWriter, runs: readonly Run[], count: number): void {
  let chunk = 0;
  let pageEnd = 0;
  for (const [index, { from, location, offsetBytes }] of runs.entries()) {
    writer.varint((runs[index + 1]?.from ?? count) - from);
    switch (location.kind) {
      case "chunk":
        writer.byte(chunkLocation);
        writer.signed(location.chunk - chunk);
        writer.varint(location.attempt);
        chunk = location.chunk;
        break;
      case "page":
        writer.byte(pageLocation);
        writer.signed(location.pageOffsetBytes - pageEnd);
        writer.varint(location.pageSizeBytes);
        pageEnd = location.pageOffsetBytes + location.pageSizeBytes;
        break;
      case "span":
        writer.byte(spanLocation);
        break;
    }
    writer.varint(offsetBytes);
  }
}
