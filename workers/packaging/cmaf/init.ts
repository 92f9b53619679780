// What a player must be told about a track, read from its init segment.
import { ok, refuse, type Result } from "#workers/result.ts";
import { fieldReader, findBox, readBoxes, type Box, type BoxRefusal } from "./boxes.ts";
import { audioConfig, videoCodec } from "./codec.ts";

interface TrackFacts {
  /** RFC 6381. */
  readonly codec: string;
  readonly timescale: number;
  /** `media_time` of the edit list: the media time that is presented at 0 s. */
  readonly editStartTicks: number;
}

interface VideoInit extends TrackFacts {
  readonly kind: "video";
  readonly width: number;
  readonly height: number;
}

export interface AudioInit extends TrackFacts {
  readonly kind: "audio";
  readonly channels: number;
  readonly sampleRateHz: number;
}

export type InitFacts = VideoInit | AudioInit;

export type InitRefusal =
  | BoxRefusal
  | { readonly kind: "notOneTrack"; readonly tracks: number }
  | { readonly kind: "notFragmented" }
  | { readonly kind: "unsupportedCodec"; readonly type: string }
  | { readonly kind: "unsupportedEdit" };

export function readInit(bytes: Uint8Array): Result<InitFacts, InitRefusal> {
  const top = readBoxes(bytes);
  if (!top.ok) return top;
  const moov = top.value.find((box) => box.type === "moov");
  if (!moov) return refuse({ kind: "missingBox", type: "moov" });
  const children = readBoxes(bytes, moov.bodyOffset, moov.end);
  if (!children.ok) return children;
  const traks = children.value.filter((box) => box.type === "trak");
  const [trak] = traks;
  // CMAF 23000-19 7.3.1: a track file has one track, and its movie box an mvex.
  if (!trak || traks.length !== 1) return refuse({ kind: "notOneTrack", tracks: traks.length });
  if (!children.value.some((box) => box.type === "mvex")) return refuse({ kind: "notFragmented" });
  return readTrack(bytes, trak);
}

function readTrack(bytes: Uint8Array, trak: Box): Result<InitFacts, InitRefusal> {
  const timescale = readTimescale(bytes, trak);
  if (!timescale.ok) return timescale;
  const edit = readEdit(bytes, trak);
  if (!edit.ok) return edit;
  const stsd = findBox(bytes, trak, ["mdia", "minf", "stbl", "stsd"]);
  if (!stsd.ok) return stsd;
  // Full box header and entry count; CMAF tracks have one sample entry.
  const entries = readBoxes(bytes, stsd.value.bodyOffset + 8, stsd.value.end);
  if (!entries.ok) return entries;
  const [entry] = entries.value;
  if (!entry || entries.value.length !== 1) return refuse({ kind: "missingBox", type: "sample entry" });
  const facts = { timescale: timescale.value, editStartTicks: edit.value };
  return readVideoEntry(bytes, entry, facts) ?? readAudioEntry(bytes, entry, facts);
}

type Timing = Omit<TrackFacts, "codec">;

// 14496-12 12.1.3: 78 bytes of fields before the configuration boxes.
function readVideoEntry(
  bytes: Uint8Array,
  entry: Box,
  timing: Timing,
): Result<InitFacts, InitRefusal> | null {
  if (!["avc1", "avc3", "av01", "vp09"].includes(entry.type)) return null;
  const reader = fieldReader(bytes, entry.bodyOffset, entry.end);
  reader.skip(24);
  const width = reader.u16();
  const height = reader.u16();
  reader.skip(50);
  if (reader.failed()) return refuse({ kind: "truncatedBox", type: entry.type });
  const boxes = readBoxes(bytes, reader.offset(), entry.end);
  if (!boxes.ok) return boxes;
  const codec = boxes.value.map((box) => videoCodec(bytes, entry.type, box)).find((text) => text !== null);
  if (codec === undefined || width === 0 || height === 0) {
    return refuse({ kind: "unsupportedCodec", type: entry.type });
  }
  return ok({ kind: "video", codec, ...timing, width, height });
}

// 14496-12 12.2.3: 28 bytes of fields (AudioSampleEntry version 0, the only one CMAF writes).
function readAudioEntry(bytes: Uint8Array, entry: Box, timing: Timing): Result<InitFacts, InitRefusal> {
  const reader = fieldReader(bytes, entry.bodyOffset, entry.end);
  reader.skip(16);
  const entryChannels = reader.u16();
  reader.skip(6);
  const entryRate = reader.u32() / 65_536;
  if (reader.failed()) return refuse({ kind: "truncatedBox", type: entry.type });
  const boxes = readBoxes(bytes, reader.offset(), entry.end);
  if (!boxes.ok) return boxes;
  const config = boxes.value
    .map((box) => audioConfig(bytes, entry.type, box))
    .find((value) => value !== null);
  if (!config) return refuse({ kind: "unsupportedCodec", type: entry.type });
  const channels = config.channels ?? entryChannels;
  const sampleRateHz = config.sampleRateHz ?? entryRate;
  if (channels === 0 || sampleRateHz === 0) return refuse({ kind: "unsupportedCodec", type: entry.type });
  return ok({ kind: "audio", codec: config.codec, ...timing, channels, sampleRateHz });
}

function readTimescale(bytes: Uint8Array, trak: Box): Result<number, InitRefusal> {
  const mdhd = findBox(bytes, trak, ["mdia", "mdhd"]);
  if (!mdhd.ok) return mdhd;
  const reader = fieldReader(bytes, mdhd.value.bodyOffset, mdhd.value.end);
  const version = reader.u32() >>> 24;
  reader.skip(version === 1 ? 16 : 8);
  const timescale = reader.u32();
  if (reader.failed() || timescale === 0) return refuse({ kind: "truncatedBox", type: "mdhd" });
  return ok(timescale);
}

// CMAF 7.5.13: at most one edit, an offset. An empty edit (media_time -1) would delay the track.
function readEdit(bytes: Uint8Array, trak: Box): Result<number, InitRefusal> {
  const elst = findBox(bytes, trak, ["edts", "elst"]);
  if (!elst.ok) return elst.reason.kind === "missingBox" ? ok(0) : elst;
  const reader = fieldReader(bytes, elst.value.bodyOffset, elst.value.end);
  const version = reader.u32() >>> 24;
  const count = reader.u32();
  if (count === 0 && !reader.failed()) return ok(0);
  reader.skip(version === 1 ? 8 : 4);
  const mediaTime = version === 1 ? reader.u64() : reader.i32();
  const rate = reader.u32();
  if (reader.failed() || count !== 1 || mediaTime < 0 || rate !== 0x10000)
    return refuse({ kind: "unsupportedEdit" });
  return ok(mediaTime);
}
