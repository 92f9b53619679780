// A moov with the sample tables that a test asks for, written by the rules of ISO/IEC 14496-12 and not by the reader.
import { concatBytes } from "#workers/bytes.ts";
import { ascii, box, fullBox, u16, u32, u64, zeros } from "#workers/packaging/cmaf/write-boxes.ts";

export interface MovieSample {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly durationTicks: number;
  readonly compositionTicks: number;
  readonly sync: boolean;
}

export interface MovieEdit {
  readonly durationTicks: number;
  readonly mediaTicks: number;
  readonly rate?: number;
}

export interface MovieTrack {
  readonly kind: "video" | "audio";
  readonly timescale: number;
  readonly samples: readonly MovieSample[];
  readonly entries?: readonly Uint8Array[];
  readonly edits?: readonly MovieEdit[];
  readonly matrix?: readonly number[];
  readonly shown?: { readonly width: number; readonly height: number };
  readonly isDisabled?: boolean;
  readonly hasLongOffsets?: boolean;
  /** How many samples, lying side by side, a chunk may have. */
  readonly chunkSamples?: number;
  readonly isCompact?: boolean;
}

export const movieTimescale = 1000;
const identity = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];

export function buildMoov(tracks: readonly MovieTrack[], ...more: readonly Uint8Array[]): Uint8Array {
  const matrix = identity.map(u32);
  const mvhd = fullBox(
    "mvhd",
    0,
    0,
    u32(0),
    u32(0),
    u32(movieTimescale),
    u32(0),
    u32(0x10000),
    u16(0x100),
    zeros(10),
    ...matrix,
    zeros(24),
    u32(9),
  );
  return box("moov", mvhd, ...tracks.map((track, index) => buildTrak(track, index + 1)), ...more);
}

function buildTrak(track: MovieTrack, trackId: number): Uint8Array {
  const matrix = (track.matrix ?? identity).map((value) => u32(value));
  const { width, height } = track.shown ?? { width: 0, height: 0 };
  const flags = track.isDisabled ? 0 : 1;
  const tkhd = fullBox(
    "tkhd",
    0,
    flags,
    ...[0, 0, trackId, 0, 0].map(u32),
    zeros(16),
    ...matrix,
    u32(width * 0x10000),
    u32(height * 0x10000),
  );
  const mdhd = fullBox("mdhd", 0, 0, u32(0), u32(0), u32(track.timescale), u32(0), u16(0x55c4), u16(0));
  const hdlr = fullBox("hdlr", 0, 0, u32(0), ascii(track.kind === "video" ? "vide" : "soun"), zeros(13));
  const mdia = box("mdia", mdhd, hdlr, box("minf", buildTables(track)));
  return track.edits ? box("trak", tkhd, editBox(track.edits), mdia) : box("trak", tkhd, mdia);
}

function editBox(edits: readonly MovieEdit[]): Uint8Array {
  const entries = edits.flatMap(({ durationTicks, mediaTicks, rate = 1 }) => [
    u32(durationTicks),
    u32(mediaTicks),
    u32(rate * 0x10000),
  ]);
  return box("edts", fullBox("elst", 0, 0, u32(edits.length), ...entries));
}

function buildTables(track: MovieTrack): Uint8Array {
  const { samples, kind, entries = [kind === "video" ? avc1() : mp4a()] } = track;
  const offset = track.hasLongOffsets ? u64 : u32;
  const chunks = chunksOf(track);
  const stsc = runs(chunks, (chunk) => chunk.count).map(({ from, value }) => [from + 1, value, 1]);
  const compositions = runs(samples, (sample) => sample.compositionTicks);
  const syncs = samples.flatMap(({ sync }, index) => (sync ? [index + 1] : []));
  return box(
    "stbl",
    fullBox("stsd", 0, 0, u32(entries.length), ...entries),
    table(
      "stts",
      runs(samples, (sample) => sample.durationTicks).map(({ count, value }) => [count, value]),
    ),
    ...(samples.some((sample) => sample.compositionTicks !== 0)
      ? [
          table(
            "ctts",
            compositions.map(({ count, value }) => [count, value]),
          ),
        ]
      : []),
    ...(kind === "video"
      ? [
          table(
            "stss",
            syncs.map((number) => [number]),
          ),
        ]
      : []),
    table("stsc", stsc),
    track.isCompact
      ? fullBox("stz2", 0, 0, u32(16), u32(samples.length), ...samples.map(({ sizeBytes }) => u16(sizeBytes)))
      : fullBox("stsz", 0, 0, u32(0), u32(samples.length), words(samples.map(({ sizeBytes }) => sizeBytes))),
    fullBox(
      track.hasLongOffsets ? "co64" : "stco",
      0,
      0,
      u32(chunks.length),
      ...chunks.map((chunk) => offset(chunk.offsetBytes)),
    ),
  );
}

function chunksOf({ samples, chunkSamples = Infinity }: MovieTrack) {
  const chunks: { offsetBytes: number; count: number; endBytes: number }[] = [];
  for (const { offsetBytes, sizeBytes } of samples) {
    const last = chunks.at(-1);
    if (last && last.endBytes === offsetBytes && last.count < chunkSamples) {
      last.count++;
      last.endBytes += sizeBytes;
    } else {
      chunks.push({ offsetBytes, count: 1, endBytes: offsetBytes + sizeBytes });
    }
  }
  return chunks;
}

function runs<T>(items: readonly T[], valueOf: (item: T) => number) {
  const found: { from: number; count: number; value: number }[] = [];
  for (const [index, item] of items.entries()) {
    const value = valueOf(item);
    const last = found.at(-1);
    if (last && last.value === value) last.count++;
    else found.push({ from: index, count: 1, value });
  }
  return found;
}

function table(type: string, rows: readonly (readonly number[])[]): Uint8Array {
  return fullBox(type, 0, 0, u32(rows.length), words(rows.flat()));
}

function words(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value);
  return bytes;
}

/** Baseline, 160x90, progressive, 4:2:0, as x264 writes it. */
const sps = "6742c00bd9028df93011000003000100000300320f142a48";

export function avc1(more: readonly Uint8Array[] = [], spsHex = sps): Uint8Array {
  const nal = fromHex(spsHex);
  const avcC = box(
    "avcC",
    Uint8Array.of(1),
    nal.subarray(1, 4),
    Uint8Array.of(0xff, 0xe1),
    u16(nal.length),
    nal,
    Uint8Array.of(0),
  );
  return box(
    "avc1",
    zeros(6),
    u16(1),
    zeros(16),
    u16(160),
    u16(90),
    zeros(46),
    u16(0x18),
    u16(0xffff),
    avcC,
    ...more,
  );
}

/** AAC-LC, 48 kHz, stereo. */
export function mp4a(): Uint8Array {
  const decoder = concatBytes([Uint8Array.of(4, 17, 0x40, 0x15), zeros(11), Uint8Array.of(5, 2, 0x11, 0x90)]);
  const esds = fullBox("esds", 0, 0, Uint8Array.of(3, 3 + decoder.length), u16(1), zeros(1), decoder);
  return box("mp4a", zeros(6), u16(1), zeros(8), u16(2), u16(16), zeros(4), u32(48_000 * 0x10000), esds);
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
