// Whether a browser shows these pictures as they are, judged by their sample entry alone.
import { ok, refuse, type Result } from "#workers/result.ts";
import { fieldReader, type Box } from "../cmaf/boxes.ts";
import { videoCodec } from "../cmaf/codec.ts";
import { childBoxes } from "../mp4/child-boxes.ts";
import { readSps } from "./sps.ts";
import type { Unfit, UnfitCode } from "./source.ts";

export interface VideoFacts {
  /** RFC 6381. */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
}

/** Square within what rounding of a size does. */
const squareTolerance = 0.01;

/** A little more than 8K: what is refused as a source, too. */
const mostPixels = 35_000_000;

/** `entry` is a whole sample entry box. */
export function fitVideo(entry: Uint8Array): Result<VideoFacts, Unfit> {
  const header = fieldReader(entry, 0, entry.length);
  header.skip(4);
  const type = header.fourCc();
  // 14496-12 12.1.3: 78 bytes of fields, width and height among them, before the boxes.
  header.skip(24);
  const width = header.u16();
  const height = header.u16();
  header.skip(50);
  if (header.failed()) return unfit("malformed", "The description of the picture is cut off.");
  const boxes = childBoxes(entry, { bodyOffset: header.offset(), end: entry.length });
  const find = (name: string) => boxes.find((box) => box.type === name);
  if (type === "encv" || type === "drmi" || find("sinf")) {
    return unfit("encrypted", "The picture is encrypted.");
  }
  const config = boxes.find((box) => videoCodec(entry, type, box) !== null);
  const codec = config ? videoCodec(entry, type, config) : null;
  if (!config || codec === null) {
    return unfit(
      "videoCodecNotSupported",
      `Browsers are not sure to play pictures of the codec ${printable(type)}.`,
    );
  }
  if (width === 0 || height === 0) return unfit("malformed", "The picture has no size.");
  if (width * height > mostPixels) {
    return unfit("videoCodecNotSupported", `Browsers are not sure to play ${width}x${height}.`);
  }
  const pasp = find("pasp");
  const fiel = find("fiel");
  const fault =
    fieldsFault(entry, fiel) ??
    configFault(entry, config) ??
    (pasp ? squareFault(readAspect(entry, pasp)) : null);
  return fault ? refuse(fault) : ok({ codec, width, height });
}

/** Null for square samples. */
export function squareFault(sampleAspect: number): Unfit | null {
  if (Math.abs(sampleAspect - 1) <= squareTolerance) return null;
  return {
    code: "notSquarePixels",
    message: `Pixels are ${sampleAspect.toFixed(3)} as wide as they are high.`,
  };
}

function configFault(entry: Uint8Array, config: Box): Unfit | null {
  switch (config.type) {
    case "avcC":
      return avcFault(entry, config);
    case "av1C":
      return av1Fault(entry, config);
    default:
      return vp9Fault(entry, config);
  }
}

/** Baseline, Main, High: what every browser's decoder takes. */
const avcProfiles = new Set([66, 77, 100]);

// 14496-15 5.3.3.1.2.
function avcFault(entry: Uint8Array, config: Box): Unfit | null {
  const reader = fieldReader(entry, config.bodyOffset, config.end);
  reader.skip(1);
  const profile = reader.u8();
  reader.skip(3);
  const hasSps = (reader.u8() & 31) > 0;
  const sizeBytes = reader.u16();
  const at = reader.offset();
  reader.skip(sizeBytes);
  const isWhole = hasSps && !reader.failed();
  const sps = isWhole ? readSps(entry.subarray(at, at + sizeBytes)) : null;
  if (!sps) return fault("videoCodecNotSupported", "The H.264 parameter sets are missing or damaged.");
  const pixels = pixelFault(sps.bitDepth, sps.chromaFormat === 1);
  if (pixels) return pixels;
  if (!avcProfiles.has(profile)) {
    return fault("videoCodecNotSupported", `Browsers are not sure to play H.264 of profile ${profile}.`);
  }
  if (!sps.isProgressive) return fault("interlaced", "The picture may be made of fields (interlaced).");
  return squareFault(sps.sampleAspect);
}

// AV1 in ISOBMFF 2.3.3.
function av1Fault(entry: Uint8Array, config: Box): Unfit | null {
  const reader = fieldReader(entry, config.bodyOffset, config.end);
  reader.skip(1);
  const profile = reader.u8() >> 5;
  const flags = reader.u8();
  const bitDepth = (flags & 0x40) === 0 ? 8 : 10;
  const isMonochrome = (flags & 0x10) !== 0;
  return pixelFault(bitDepth, profile === 0 && !isMonochrome && (flags & 0x0c) === 0x0c);
}

// VP codec ISO media file format binding 2.2: profile 0 is 8 bits, 4:2:0.
function vp9Fault(entry: Uint8Array, config: Box): Unfit | null {
  const reader = fieldReader(entry, config.bodyOffset, config.end);
  reader.skip(4);
  const profile = reader.u8();
  reader.skip(1);
  return pixelFault(reader.u8() >> 4, profile === 0);
}

function pixelFault(bitDepth: number, is420: boolean): Unfit | null {
  if (bitDepth !== 8)
    return fault("pixelFormatNotSupported", `The picture has ${bitDepth} bits a sample, not 8.`);
  return is420 ? null : fault("pixelFormatNotSupported", "The picture's colour is not 4:2:0.");
}

/** QuickTime file format: the number of fields in a picture. */
function fieldsFault(entry: Uint8Array, fiel: Box | undefined): Unfit | null {
  const isInterlaced = fiel !== undefined && fieldReader(entry, fiel.bodyOffset, fiel.end).u8() === 2;
  return isInterlaced ? fault("interlaced", "The picture is made of fields (interlaced).") : null;
}

// 14496-12 12.1.4.
function readAspect(entry: Uint8Array, pasp: Box): number {
  const reader = fieldReader(entry, pasp.bodyOffset, pasp.end);
  const horizontal = reader.u32();
  const vertical = reader.u32();
  return horizontal === 0 || vertical === 0 ? 1 : horizontal / vertical;
}

/** A four-character code of a stranger's choice, in a message for people. */
export function printable(type: string): string {
  return type.replaceAll(/[^\x20-\x7e]/g, "?");
}

const fault = (code: UnfitCode, message: string): Unfit => ({ code, message });

function unfit(code: UnfitCode, message: string) {
  return refuse<Unfit>({ code, message });
}
