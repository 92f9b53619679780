// What the index of an MP4 or MOV says about its tracks, without their sample tables, which are walked where they
// lie (sample-cursor.ts). Bytes that anyone may have written.
import { fieldReader, type Box } from "../cmaf/boxes.ts";
import { languageTag } from "../languages.ts";
import { childBox, childBoxes, type BoxSpan } from "./child-boxes.ts";

export interface Movie {
  readonly timescale: number;
  readonly matrix: Matrix;
  /** `mvex`: the samples are in fragments that follow. */
  readonly isFragmented: boolean;
  readonly tracks: readonly TrackHeader[];
}

export interface TrackHeader {
  readonly trackId: number;
  readonly isEnabled: boolean;
  readonly kind: "video" | "audio" | "other";
  readonly timescale: number;
  /** BCP 47, `und` where the file does not say. */
  readonly language: string;
  /** What the track asks to be shown at; 0 where it does not say. */
  readonly shownWidth: number;
  readonly shownHeight: number;
  readonly matrix: Matrix;
  readonly edits: readonly Edit[];
  /** Whole boxes, as they are in the file. */
  readonly sampleEntries: readonly Uint8Array[];
  /** The media is in this file. */
  readonly isSelfContained: boolean;
  /** Holds the sample tables. */
  readonly stbl: BoxSpan;
}

/** a, b, c, d of the transformation, 1 where the file says 65536. */
export interface Matrix {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

export interface Edit {
  /** In ticks of the movie's timescale; 0: all that follows. */
  readonly durationTicks: number;
  /** In ticks of the track's timescale; null: nothing is shown. */
  readonly mediaTicks: number | null;
  readonly rate: number;
}

/** More are no sane edit list: the list counts as longer than it is read. */
const mostEdits = 8;
const mostEntries = 4;

/** `moov` is the whole box. Null where it has no movie header. */
export function readMoov(moov: Uint8Array): Movie | null {
  const children = childBoxes(moov, { bodyOffset: moovHeaderBytes(moov), end: moov.length });
  const mvhd = children.find((box) => box.type === "mvhd");
  if (!mvhd) return null;
  const reader = fieldReader(moov, mvhd.bodyOffset, mvhd.end);
  const isLong = reader.u32() >>> 24 === 1;
  reader.skip(isLong ? 16 : 8);
  const timescale = reader.u32();
  reader.skip(isLong ? 8 : 4);
  // Rate, volume, reserved.
  reader.skip(4 + 2 + 10);
  const matrix = readMatrix(reader);
  if (reader.failed() || timescale === 0) return null;
  const tracks = children
    .filter((box) => box.type === "trak")
    .map((trak) => readTrack(moov, trak))
    .filter((track) => track !== null);
  return { timescale, matrix, isFragmented: children.some((box) => box.type === "mvex"), tracks };
}

function moovHeaderBytes(moov: Uint8Array): number {
  const reader = fieldReader(moov, 0, moov.length);
  return reader.u32() === 1 ? 16 : 8;
}

/** Null for a track that lacks what every track has. */
function readTrack(moov: Uint8Array, trak: Box): TrackHeader | null {
  const tkhd = childBox(moov, trak, "tkhd");
  const mdia = childBox(moov, trak, "mdia");
  const mdhd = mdia && childBox(moov, mdia, "mdhd");
  const hdlr = mdia && childBox(moov, mdia, "hdlr");
  const minf = mdia && childBox(moov, mdia, "minf");
  const stbl = minf && childBox(moov, minf, "stbl");
  if (!tkhd || !mdhd || !hdlr || !stbl) return null;
  const header = readTrackHeader(moov, tkhd);
  const media = readMediaHeader(moov, mdhd);
  if (!header || !media) return null;
  const elst = childBox(moov, trak, "edts", "elst");
  const elng = childBox(moov, mdia, "elng");
  return {
    ...header,
    kind: readKind(moov, hdlr),
    timescale: media.timescale,
    language: elng ? readExtendedLanguage(moov, elng) : media.language,
    edits: elst ? readEdits(moov, elst) : [],
    sampleEntries: readSampleEntries(moov, stbl),
    isSelfContained: isSelfContained(moov, minf),
    stbl,
  };
}

// 14496-12 8.3.2.
function readTrackHeader(moov: Uint8Array, tkhd: Box) {
  const reader = fieldReader(moov, tkhd.bodyOffset, tkhd.end);
  const versionAndFlags = reader.u32();
  const isLong = versionAndFlags >>> 24 === 1;
  reader.skip(isLong ? 16 : 8);
  const trackId = reader.u32();
  reader.skip(4 + (isLong ? 8 : 4));
  // Reserved, layer, alternate group, volume, reserved.
  reader.skip(8 + 2 + 2 + 2 + 2);
  const matrix = readMatrix(reader);
  const shownWidth = reader.u32() / 0x10000;
  const shownHeight = reader.u32() / 0x10000;
  if (reader.failed()) return null;
  return { trackId, isEnabled: (versionAndFlags & 1) === 1, matrix, shownWidth, shownHeight };
}

// 8.3.2.2: {a, b, u, c, d, v, x, y, w}; where the picture is put does not matter, how it is turned does.
function readMatrix(reader: ReturnType<typeof fieldReader>): Matrix {
  const fixed = () => reader.i32() / 0x10000;
  const a = fixed();
  const b = fixed();
  reader.skip(4);
  const c = fixed();
  const d = fixed();
  reader.skip(4 + 12);
  return { a, b, c, d };
}

// 8.4.2.
function readMediaHeader(moov: Uint8Array, mdhd: Box) {
  const reader = fieldReader(moov, mdhd.bodyOffset, mdhd.end);
  const isLong = reader.u32() >>> 24 === 1;
  reader.skip(isLong ? 16 : 8);
  const timescale = reader.u32();
  reader.skip(isLong ? 8 : 4);
  const packed = reader.u16();
  if (reader.failed() || timescale === 0) return null;
  return { timescale, language: unpackLanguage(packed) };
}

/** Three letters of five bits. Smaller values are QuickTime's own table, whose 0 means both English and nothing. */
function unpackLanguage(packed: number): string {
  if (packed < 0x400 || packed >= 0x7fff) return "und";
  const letters = [packed >> 10, packed >> 5, packed].map((value) => (value & 31) + 0x60);
  return languageTag(String.fromCharCode(...letters));
}

// 8.4.6: a BCP 47 tag, closed by a zero.
function readExtendedLanguage(moov: Uint8Array, elng: Box): string {
  const text = String.fromCharCode(
    ...moov.subarray(elng.bodyOffset + 4, Math.min(elng.end, elng.bodyOffset + 44)),
  );
  return languageTag(text.split("\0")[0] ?? "");
}

// 8.4.3.
function readKind(moov: Uint8Array, hdlr: Box): TrackHeader["kind"] {
  const reader = fieldReader(moov, hdlr.bodyOffset, hdlr.end);
  reader.skip(8);
  const handler = reader.fourCc();
  return handler === "vide" ? "video" : handler === "soun" ? "audio" : "other";
}

// 8.6.6.
function readEdits(moov: Uint8Array, elst: Box): readonly Edit[] {
  const reader = fieldReader(moov, elst.bodyOffset, elst.end);
  const isLong = reader.u32() >>> 24 === 1;
  const count = Math.min(reader.u32(), mostEdits);
  const edits: Edit[] = [];
  for (let i = 0; i < count; i++) {
    const durationTicks = isLong ? reader.u64() : reader.u32();
    const high = isLong ? reader.i32() : 0;
    const low = isLong ? reader.u32() : reader.i32();
    const rate = reader.i32() / 0x10000;
    const mediaTime = high * 2 ** 32 + low;
    if (reader.failed()) break;
    edits.push({ durationTicks, mediaTicks: mediaTime < 0 ? null : mediaTime, rate });
  }
  return edits;
}

function readSampleEntries(moov: Uint8Array, stbl: Box): readonly Uint8Array[] {
  const stsd = childBox(moov, stbl, "stsd");
  if (!stsd) return [];
  // Full box header and entry count.
  return childBoxes(moov, { bodyOffset: stsd.bodyOffset + 8, end: stsd.end })
    .slice(0, mostEntries)
    .map((entry) => moov.subarray(entry.offset, entry.end));
}

/** 8.7.2: flag 1 says that the media is in the same file. */
function isSelfContained(moov: Uint8Array, minf: Box): boolean {
  const dref = childBox(moov, minf, "dinf", "dref");
  if (!dref) return true;
  const references = childBoxes(moov, { bodyOffset: dref.bodyOffset + 8, end: dref.end });
  return references.every((box) => (fieldReader(moov, box.bodyOffset, box.end).u32() & 1) === 1);
}
