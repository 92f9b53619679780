// What taking a span of an uploaded file apart needs, and its stored form: a span is a stretch of the file that holds
// one fragment of every track. Numbers are varints; bytes have their count before them.
//
//   "SS", version, kind: 1 = Matroska, 2 = fragmented MP4
//   Matroska: units of time, start of the film, tracks, edges (time since the one before, where in its cluster it is)
//   fragmented MP4: fragments, tracks
import { ok, refuse, type Result } from "#workers/result.ts";
import { ByteReader } from "#workers/timeline/byte-reader.ts";
import { ByteWriter } from "#workers/timeline/byte-writer.ts";
import type { FileClock, PictureClock, SoundClock } from "../matroska/clock.ts";
import type { Filler } from "./page-format.ts";

export type SpanLayout = MatroskaLayout | FragmentedLayout;

export interface MatroskaLayout {
  readonly kind: "matroska";
  readonly clock: FileClock;
  readonly tracks: readonly MatroskaTrack[];
  /** One for each fragment, and none for the end. */
  readonly edges: readonly SpanEdge[];
}

export interface SpanEdge {
  /** Of the key frame, in the file's units. */
  readonly timestamp: number;
  /** Position in the cluster's body of the block that begins the fragment; 0: the cluster itself begins it. */
  readonly relativeBytes: number;
}

interface MatroskaTrackFacts {
  readonly id: string;
  readonly number: number;
  /** What each frame begins with and the file leaves out. */
  readonly prefix: Uint8Array;
}

export interface MatroskaPicture extends MatroskaTrackFacts {
  readonly kind: "video";
  readonly clock: PictureClock;
  /** Added to each presentation time, so that it is not before the decode time. */
  readonly delayTicks: number;
  /** Of the last picture. */
  readonly frameTicks: number;
}

export interface MatroskaSound extends MatroskaTrackFacts {
  readonly kind: "audio";
  readonly isOpus: boolean;
  readonly clock: SoundClock;
  readonly filler: Filler | null;
}

export type MatroskaTrack = MatroskaPicture | MatroskaSound;

export interface FragmentedLayout {
  readonly kind: "fragmented";
  readonly fragments: number;
  readonly tracks: readonly FragmentedTrack[];
}

export interface FragmentedTrack {
  readonly id: string;
  readonly trackId: number;
  readonly isPicture: boolean;
  /** Of the file; what is told besides, and what is made, is in ticks of `timescale`. */
  readonly fileTimescale: number;
  readonly timescale: number;
  /** Added to each decode time of the file, in its ticks. */
  readonly shiftTicks: number;
  /** Media time, after the shift, that is presented at 0 s. */
  readonly editStartTicks: number;
  /** 14496-12 8.8.3: what the fragments leave out. */
  readonly durationTicks: number;
  readonly sizeBytes: number;
  readonly flags: number;
  readonly filler: Filler | null;
}

export interface LayoutRefusal {
  readonly kind: "badLayout";
}

const magic = [0x53, 0x53, 1];
const matroskaKind = 1;
const fragmentedKind = 2;
const mostTracks = 16;

export function encodeSpanLayout(layout: SpanLayout): Uint8Array {
  const writer = new ByteWriter();
  for (const byte of magic) writer.byte(byte);
  switch (layout.kind) {
    case "matroska":
      writer.byte(matroskaKind);
      writer.varint(layout.clock.timestampScale);
      writer.signed(layout.clock.originNs);
      writer.varint(layout.tracks.length);
      for (const track of layout.tracks) writeMatroskaTrack(writer, track);
      writer.varint(layout.edges.length);
      for (const [index, edge] of layout.edges.entries()) {
        writer.signed(edge.timestamp - (layout.edges[index - 1]?.timestamp ?? 0));
        writer.varint(edge.relativeBytes);
      }
      break;
    case "fragmented":
      writer.byte(fragmentedKind);
      writer.varint(layout.fragments);
      writer.varint(layout.tracks.length);
      for (const track of layout.tracks) writeFragmentedTrack(writer, track);
      break;
  }
  return writer.finish();
}

export function decodeSpanLayout(bytes: Uint8Array): Result<SpanLayout, LayoutRefusal> {
  const reader = new ByteReader(bytes);
  for (const byte of magic) if (reader.byte() !== byte) return refuse({ kind: "badLayout" });
  const kind = reader.byte();
  if (kind !== matroskaKind && kind !== fragmentedKind) return refuse({ kind: "badLayout" });
  const layout = kind === matroskaKind ? readMatroskaLayout(reader) : readFragmentedLayout(reader);
  return reader.fault === null && reader.left === 0 ? ok(layout) : refuse({ kind: "badLayout" });
}

function readMatroskaLayout(reader: ByteReader): MatroskaLayout {
  const clock = { timestampScale: reader.varint(), originNs: reader.signed() };
  const tracks = readList(reader, mostTracks, () => readMatroskaTrack(reader));
  let timestamp = 0;
  const edges = readList(reader, reader.left, () => {
    timestamp += reader.signed();
    return { timestamp, relativeBytes: reader.varint() };
  });
  return { kind: "matroska", clock, tracks, edges };
}

function readFragmentedLayout(reader: ByteReader): FragmentedLayout {
  const fragments = reader.varint();
  const tracks = readList(reader, mostTracks, () => readFragmentedTrack(reader));
  return { kind: "fragmented", fragments, tracks };
}

function readList<T>(reader: ByteReader, most: number, read: () => T): readonly T[] {
  const count = reader.varint(most);
  const list: T[] = [];
  for (let index = 0; index < count && reader.fault === null; index++) list.push(read());
  return list;
}

function writeMatroskaTrack(writer: ByteWriter, track: MatroskaTrack): void {
  writeText(writer, track.id);
  writer.varint(track.number);
  writeBytes(writer, track.prefix);
  writer.varint(track.clock.timescale);
  if (track.kind === "video") {
    writer.byte(0);
    writer.varint(track.clock.grid?.frameTicks ?? 0);
    writer.varint(track.clock.grid?.phaseTicks ?? 0);
    writer.varint(track.delayTicks);
    writer.varint(track.frameTicks);
  } else {
    writer.byte(track.isOpus ? 2 : 1);
    writer.varint(track.clock.frameTicks);
    writer.varint(track.clock.phaseTicks);
    writeFiller(writer, track.filler);
  }
}

function readMatroskaTrack(reader: ByteReader): MatroskaTrack {
  const facts = { id: readText(reader), number: reader.varint(), prefix: readBytes(reader) };
  const timescale = reader.varint();
  const kind = reader.byte();
  const frameTicks = reader.varint();
  const phaseTicks = reader.varint();
  if (kind === 0) {
    const grid = frameTicks === 0 ? null : { frameTicks, phaseTicks };
    const delayTicks = reader.varint();
    return { ...facts, kind: "video", clock: { timescale, grid }, delayTicks, frameTicks: reader.varint() };
  }
  if (kind > 2 || frameTicks === 0) reader.fail("outOfRange");
  const clock = { timescale, frameTicks, phaseTicks };
  return { ...facts, kind: "audio", isOpus: kind === 2, clock, filler: readFiller(reader) };
}

function writeFragmentedTrack(writer: ByteWriter, track: FragmentedTrack): void {
  writeText(writer, track.id);
  writer.varint(track.trackId);
  writer.byte(track.isPicture ? 1 : 0);
  writer.varint(track.fileTimescale);
  writer.varint(track.timescale);
  writer.signed(track.shiftTicks);
  writer.varint(track.editStartTicks);
  writer.varint(track.durationTicks);
  writer.varint(track.sizeBytes);
  writer.varint(track.flags);
  writeFiller(writer, track.filler);
}

function readFragmentedTrack(reader: ByteReader): FragmentedTrack {
  return {
    id: readText(reader),
    trackId: reader.varint(),
    isPicture: reader.byte() === 1,
    fileTimescale: reader.varint(),
    timescale: reader.varint(),
    shiftTicks: reader.signed(),
    editStartTicks: reader.varint(),
    durationTicks: reader.varint(),
    sizeBytes: reader.varint(),
    flags: reader.varint(),
    filler: readFiller(reader),
  };
}

function writeFiller(writer: ByteWriter, filler: Filler | null): void {
  writer.varint(filler?.durationTicks ?? 0);
  if (filler) writeBytes(writer, filler.bytes);
}

function readFiller(reader: ByteReader): Filler | null {
  const durationTicks = reader.varint();
  return durationTicks === 0 ? null : { durationTicks, bytes: readBytes(reader) };
}

function writeBytes(writer: ByteWriter, bytes: Uint8Array): void {
  writer.varint(bytes.length);
  for (const byte of bytes) writer.byte(byte);
}

function readBytes(reader: ByteReader): Uint8Array {
  const bytes = new Uint8Array(reader.varint(reader.left));
  for (let at = 0; at < bytes.length; at++) bytes[at] = reader.byte();
  return bytes;
}

function writeText(writer: ByteWriter, text: string): void {
  writeBytes(
    writer,
    Uint8Array.from(text, (char) => char.charCodeAt(0)),
  );
}

function readText(reader: ByteReader): string {
  return String.fromCharCode(...readBytes(reader).subarray(0, 16));
}
