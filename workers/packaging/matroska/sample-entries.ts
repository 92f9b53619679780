// The sample entry of an ISO file for a track of Matroska: the same decoder configuration in another wrapping.
import { concatBytes } from "#workers/bytes.ts";
import { ascii, box, fullBox, u16, u32, zeros } from "../cmaf/write-boxes.ts";

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

// 14496-12 12.1.3: 72 dpi, one frame a sample, depth 24, no colour table.
function visualEntry(type: string, size: PictureSize, ...boxes: readonly Uint8Array[]): Uint8Array {
  const resolution = u32(0x00480000);
  return box(
    type,
    zeros(6),
    u16(1),
    zeros(16),
    u16(size.width),
    u16(size.height),
    resolution,
    resolution,
    zeros(4),
    u16(1),
    zeros(32),
    u16(0x18),
    u16(0xffff),
    ...boxes,
  );
}

/** CodecPrivate of V_MPEG4/ISO/AVC is the configuration record of 14496-15, that of V_AV1 the one of AV1 in ISOBMFF. */
export function avcEntry(size: PictureSize, configuration: Uint8Array): Uint8Array {
  return visualEntry("avc1", size, box("avcC", configuration));
}

export function av1Entry(size: PictureSize, configuration: Uint8Array): Uint8Array {
  return visualEntry("av01", size, box("av1C", configuration));
}

export interface Vp9Facts {
  readonly profile: number;
  readonly level: number;
  readonly bitDepth: number;
  /** As in `vpcC`: 1 is 4:2:0 with samples beside the luma's. */
  readonly chroma: number;
  readonly isFullRange: boolean;
}

// VP codec ISO media file format binding 2.2. Colour: 2, unspecified.
export function vp9Entry(size: PictureSize, facts: Vp9Facts): Uint8Array {
  const bits = (facts.bitDepth << 4) | (facts.chroma << 1) | Number(facts.isFullRange);
  const fields = Uint8Array.of(facts.profile, facts.level, bits, 2, 2, 2);
  return visualEntry("vp09", size, fullBox("vpcC", 1, 0, fields, u16(0)));
}

// 14496-12 12.2.3, version 0.
function soundEntry(type: string, channels: number, sampleRateHz: number, config: Uint8Array): Uint8Array {
  const rate = u32(sampleRateHz < 0x10000 ? sampleRateHz * 0x10000 : 0);
  return box(type, zeros(6), u16(1), zeros(8), u16(channels), u16(16), zeros(4), rate, config);
}

/** CodecPrivate of A_AAC is the AudioSpecificConfig. */
export function aacEntry(channels: number, sampleRateHz: number, configuration: Uint8Array): Uint8Array {
  // 14496-1 7.2.6: audio stream, object type 0x40; buffer and rates are not known.
  const decoder = concatBytes([Uint8Array.of(0x40, 0x15), zeros(11), descriptor(5, configuration)]);
  const stream = concatBytes([u16(1), zeros(1), descriptor(4, decoder), descriptor(6, Uint8Array.of(2))]);
  return soundEntry("mp4a", channels, sampleRateHz, fullBox("esds", 0, 0, descriptor(3, stream)));
}

function descriptor(tag: number, body: Uint8Array): Uint8Array {
  // Sizes in seven bits a byte; a configuration is never longer than two of them.
  const size = Uint8Array.of(0x80 | (body.length >> 7), body.length & 0x7f);
  return concatBytes([Uint8Array.of(tag), size, body]);
}

export interface OpusHead {
  readonly channels: number;
  readonly preSkip: number;
  /** The `dOps` box. */
  readonly configuration: Uint8Array;
}

// RFC 7845 5.1, little-endian; `dOps` (Opus in ISOBMFF 4.3.2) is the same in big-endian, of version 0.
export function readOpusHead(head: Uint8Array): OpusHead | null {
  if (head.length < 19 || !ascii("OpusHead").every((byte, at) => head[at] === byte)) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const channels = view.getUint8(9);
  const family = view.getUint8(18);
  const tableBytes = family === 0 ? 0 : 2 + channels;
  if (channels === 0 || (family === 0 && channels > 2) || head.length < 19 + tableBytes) return null;
  const preSkip = view.getUint16(10, true);
  const configuration = box(
    "dOps",
    Uint8Array.of(0, channels),
    u16(preSkip),
    u32(view.getUint32(12, true)),
    u16(view.getUint16(16, true)),
    head.subarray(18, 19 + tableBytes),
  );
  return { channels, preSkip, configuration };
}

export function opusEntry(head: OpusHead): Uint8Array {
  return soundEntry("Opus", head.channels, 48_000, head.configuration);
}
