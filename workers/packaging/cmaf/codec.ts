// RFC 6381 codec strings from the decoder configuration in a sample entry: what MSE and HLS CODECS are asked.
import { fieldReader, type Box, type FieldReader } from "./boxes.ts";

/** Null where the configuration is missing, cut or of a codec this project does not deliver. */
export function videoCodec(bytes: Uint8Array, entryType: string, config: Box): string | null {
  const reader = fieldReader(bytes, config.bodyOffset, config.end);
  const codec = videoCodecOf(entryType, config.type, reader);
  return reader.failed() ? null : codec;
}

function videoCodecOf(entryType: string, configType: string, reader: FieldReader): string | null {
  switch (`${entryType}/${configType}`) {
    case "avc1/avcC":
    case "avc3/avcC": {
      // 14496-15 5.3.3.1: version, then profile, constraint flags and level.
      reader.skip(1);
      return `${entryType}.${hex(reader.u8())}${hex(reader.u8())}${hex(reader.u8())}`;
    }
    case "av01/av1C":
      return av1Codec(reader);
    case "vp09/vpcC":
      return vp9Codec(reader);
    default:
      return null;
  }
}

// AV1 in ISOBMFF, section 5: av01.P.LLT.DD, the short form where colour is the default.
function av1Codec(reader: FieldReader): string {
  reader.skip(1);
  const profileAndLevel = reader.u8();
  const flags = reader.u8();
  const level = (profileAndLevel & 31).toString().padStart(2, "0");
  const depth = (flags & 0x40) === 0 ? "08" : (flags & 0x20) === 0 ? "10" : "12";
  return `av01.${profileAndLevel >> 5}.${level}${(flags & 0x80) === 0 ? "M" : "H"}.${depth}`;
}

// VP codec ISO media file format binding: vp09.PP.LL.DD after the full box header.
function vp9Codec(reader: FieldReader): string {
  reader.skip(4);
  const profile = reader.u8();
  const level = reader.u8();
  return `vp09.${decimal(profile)}.${decimal(level)}.${decimal(reader.u8() >> 4)}`;
}

export interface AudioConfig {
  readonly codec: string;
  /** What the decoder puts out; null where the sample entry says it. */
  readonly sampleRateHz: number | null;
  readonly channels: number | null;
}

export function audioConfig(bytes: Uint8Array, entryType: string, config: Box): AudioConfig | null {
  const reader = fieldReader(bytes, config.bodyOffset, config.end);
  switch (`${entryType}/${config.type}`) {
    case "mp4a/esds":
      return readEsds(bytes, reader);
    case "Opus/dOps":
      return { codec: "opus", sampleRateHz: 48_000, channels: null };
    case "fLaC/dfLa":
      return { codec: "flac", sampleRateHz: null, channels: null };
    default:
      return null;
  }
}

// 14496-1 7.2.6: ES_Descriptor (3) holds DecoderConfigDescriptor (4) holds DecoderSpecificInfo (5).
function readEsds(bytes: Uint8Array, reader: FieldReader): AudioConfig | null {
  reader.skip(4);
  if (!enterDescriptor(reader, 3)) return null;
  reader.skip(2);
  const flags = reader.u8();
  if (flags & 0x80) reader.skip(2);
  if (flags & 0x40) reader.skip(reader.u8());
  if (flags & 0x20) reader.skip(2);
  if (!enterDescriptor(reader, 4)) return null;
  const objectType = reader.u8();
  reader.skip(12);
  if (reader.failed()) return null;
  if (objectType !== 0x40) return { codec: `mp4a.${hex(objectType)}`, sampleRateHz: null, channels: null };
  const size = enterDescriptor(reader, 5);
  if (!size || size > reader.left()) return null;
  return readAudioSpecificConfig(bytes.subarray(reader.offset(), reader.offset() + size));
}

/** The descriptor's size when the tag is the one expected. */
function enterDescriptor(reader: FieldReader, tag: number): number | null {
  if (reader.u8() !== tag) return null;
  let size = 0;
  for (let i = 0; i < 4; i++) {
    const byte = reader.u8();
    size = size * 128 + (byte & 127);
    if ((byte & 128) === 0) return reader.failed() ? null : size;
  }
  return null;
}

const sampleRates = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
];
const sbr = 5;
const ps = 29;

// 14496-3 1.6.2.1. HE-AAC says so either at once (object type 5 or 29), or behind the AAC-LC configuration
// after a sync word, where old decoders do not look: both are mp4a.40.5 or .29 to a player.
function readAudioSpecificConfig(config: Uint8Array): AudioConfig | null {
  const bits = bitReader(config);
  let objectType = bits.objectType();
  let rate = bits.sampleRate();
  const channelConfiguration = bits.read(4);
  if (objectType === sbr || objectType === ps) {
    rate = bits.sampleRate();
  } else if (objectType === 2) {
    // GASpecificConfig: frameLengthFlag, dependsOnCoreCoder, extensionFlag.
    bits.read(1);
    if (bits.read(1) === 1) bits.read(14);
    bits.read(1);
    const extension =
      bits.left() >= 16 && bits.read(11) === 0x2b7 && bits.objectType() === sbr && bits.read(1) === 1;
    if (extension) {
      objectType = sbr;
      rate = bits.sampleRate();
      if (bits.left() >= 12 && bits.read(11) === 0x548 && bits.read(1) === 1) objectType = ps;
    }
  }
  if (bits.failed() || objectType === 0 || rate === null) return null;
  const channels = channelConfiguration === 7 ? 8 : channelConfiguration;
  return {
    codec: `mp4a.40.${objectType}`,
    sampleRateHz: rate,
    // 0: a program config element tells; parametric stereo makes two of one.
    channels: objectType === ps ? 2 : channels === 0 ? null : channels,
  };
}

function bitReader(bytes: Uint8Array) {
  let at = 0;
  let failed = false;
  const left = () => bytes.length * 8 - at;
  const read = (count: number) => {
    if (count > left()) failed = true;
    if (failed) return 0;
    let value = 0;
    for (let i = 0; i < count; i++, at++) value = value * 2 + (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    return value;
  };
  const objectType = () => {
    const type = read(5);
    return type === 31 ? 32 + read(6) : type;
  };
  const sampleRate = () => {
    const index = read(4);
    return index === 15 ? read(24) : (sampleRates[index] ?? null);
  };
  return { read, objectType, sampleRate, left, failed: () => failed };
}

const hex = (byte: number) => byte.toString(16).padStart(2, "0");
const decimal = (value: number) => value.toString().padStart(2, "0");
