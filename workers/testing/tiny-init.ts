// The smallest init segments that a strict reader accepts, for tests that need a track but no picture.
import { concatBytes } from "#workers/bytes.ts";

export interface TinyVideo {
  readonly kind: "video";
  /** H.264 where it is not said. */
  readonly codec?: "h264" | "av1";
  readonly width: number;
  readonly height: number;
  readonly timescale: number;
  readonly editStartTicks: number;
}

export interface TinyAudio {
  readonly kind: "audio";
  /** AAC where it is not said. */
  readonly codec?: "aac" | "opus";
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly editStartTicks: number;
}

export function tinyInit(track: TinyVideo | TinyAudio): Uint8Array {
  const timescale = track.kind === "video" ? track.timescale : track.sampleRateHz;
  const entry = track.kind === "video" ? videoEntry(track) : audioEntry(track);
  const elst = full("elst", 0, u32(1), u32(0), u32(track.editStartTicks), u32(0x10000));
  const mdhd = full("mdhd", 0, u32(0), u32(0), u32(timescale), u32(0), u16(0x55c4), u16(0));
  const stbl = box("stbl", full("stsd", 0, u32(1), entry), ...["stts", "stsc", "stco"].map(emptyTable), stsz);
  const mdia = box("mdia", mdhd, box("minf", stbl));
  const trak = box("trak", box("edts", elst), mdia);
  const trex = full("trex", 0, u32(1), u32(1), u32(0), u32(0), u32(0));
  return concatBytes([box("ftyp", text("iso6"), u32(0), text("cmfc")), box("moov", trak, box("mvex", trex))]);
}

const stsz = full("stsz", 0, u32(0), u32(0));

function emptyTable(type: string): Uint8Array {
  return full(type, 0, u32(0));
}

/** H.264 in High profile, level 3.1, the parameter sets left out; AV1 in Main profile, level 3.1, without its headers. */
function videoEntry({ width, height, codec }: TinyVideo): Uint8Array {
  return codec === "av1"
    ? pictureEntry("av01", width, height, box("av1C", Uint8Array.of(0x81, 5, 0x0c, 0)))
    : pictureEntry("avc1", width, height, box("avcC", Uint8Array.of(1, 0x64, 0, 0x1f, 0xff, 0xe0, 0)));
}

function audioEntry({ channels, sampleRateHz, codec }: TinyAudio): Uint8Array {
  return codec === "opus" ? opus(channels, sampleRateHz) : mp4a(channels, sampleRateHz);
}

function pictureEntry(type: string, width: number, height: number, config: Uint8Array): Uint8Array {
  return box(type, zeros(6), u16(1), zeros(16), u16(width), u16(height), zeros(50), config);
}

/** Encapsulation of Opus in ISOBMFF, 4.3.2: the pre-skip is said twice, here and in the edit list. */
function opus(channels: number, sampleRateHz: number): Uint8Array {
  const dOps = box("dOps", Uint8Array.of(0, channels), u16(312), u32(sampleRateHz), u16(0), Uint8Array.of(0));
  return soundEntry("Opus", channels, sampleRateHz, dOps);
}

/** AAC-LC; the AudioSpecificConfig says its rate by index. */
function mp4a(channels: number, sampleRateHz: number): Uint8Array {
  const rateIndex = [96_000, 88_200, 64_000, 48_000, 44_100].indexOf(sampleRateHz);
  if (rateIndex < 0) throw new RangeError(`no index for ${sampleRateHz} Hz`);
  const config = u16((2 << 11) | (rateIndex << 7) | (channels << 3));
  const decoder = descriptor(4, Uint8Array.of(0x40, 0x15), zeros(11), descriptor(5, config));
  const esds = full("esds", 0, descriptor(3, u16(1), zeros(1), decoder));
  return soundEntry("mp4a", channels, sampleRateHz, esds);
}

function soundEntry(type: string, channels: number, sampleRateHz: number, config: Uint8Array): Uint8Array {
  const rate = u32(sampleRateHz * 65_536);
  return box(type, zeros(6), u16(1), zeros(8), u16(channels), u16(16), zeros(4), rate, config);
}

function descriptor(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(parts);
  return concatBytes([Uint8Array.of(tag, body.length), body]);
}

function box(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(parts);
  return concatBytes([u32(8 + body.length), text(type), body]);
}

function full(type: string, version: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return box(type, Uint8Array.of(version, 0, 0, 0), ...parts);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function zeros(count: number): Uint8Array {
  return new Uint8Array(count);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 255);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}
