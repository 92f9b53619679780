// All small pictures of a video in one object: a header that says where each is, then the JPEGs. A picture is
// found with two range reads, the first of which is the same for all and stays in a cache.
//
//   0   4  magic "SLTP"           12   4  count           18   2  width
//   4   2  version                16   2  everySeconds    20   2  height
//   6   2  0                                              22   2  0
//   8   4  bytes of the header    24   4 * (count + 1)  offsets; the last is the object's size
//
// All big-endian. Picture n is the one to show from n * everySeconds on.
import { ok, refuse, type Result } from "#workers/result.ts";

export interface ThumbnailPackHeader {
  readonly everySeconds: number;
  readonly width: number;
  readonly height: number;
  /** Of each picture, and the end of the last. */
  readonly offsets: Uint32Array;
}

export interface ThumbnailPack {
  readonly everySeconds: number;
  readonly width: number;
  readonly height: number;
  /** JPEG files, at least one. */
  readonly images: readonly Uint8Array[];
}

export type ThumbnailPackRefusal =
  | { readonly kind: "malformed" }
  /** The header is whole in the first `headerBytes` of the object. */
  | { readonly kind: "incomplete"; readonly headerBytes: number };

/** Holds the header of a two-hour video (720 pictures) with room to spare. */
export const thumbnailHeaderReadBytes = 8 * 1024;

const magic = 0x534c5450;
const version = 1;
const fixedBytes = 24;
/** Eleven days of pictures every ten seconds: what a hostile header may make us allocate. */
const maxCount = 100_000;

export function encodeThumbnailPack({ everySeconds, width, height, images }: ThumbnailPack): Uint8Array {
  const headerBytes = headerBytesOf(images.length);
  const sizeBytes = images.reduce((sum, image) => sum + image.length, headerBytes);
  if (images.length === 0 || images.length > maxCount || sizeBytes > 0xffffffff) {
    throw new Error(`a pack of ${images.length} pictures and ${sizeBytes} bytes can't be written`);
  }
  const bytes = new Uint8Array(sizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  view.setUint16(4, version);
  view.setUint32(8, headerBytes);
  view.setUint32(12, images.length);
  view.setUint16(16, everySeconds);
  view.setUint16(18, width);
  view.setUint16(20, height);
  let offset = headerBytes;
  for (const [index, image] of images.entries()) {
    view.setUint32(fixedBytes + index * 4, offset);
    bytes.set(image, offset);
    offset += image.length;
  }
  view.setUint32(fixedBytes + images.length * 4, offset);
  return bytes;
}

/** `bytes` is the start of the object, or all of it. */
export function readThumbnailPackHeader(
  bytes: Uint8Array,
): Result<ThumbnailPackHeader, ThumbnailPackRefusal> {
  if (bytes.length < fixedBytes) return refuse({ kind: "incomplete", headerBytes: fixedBytes });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(8);
  const count = view.getUint32(12);
  const everySeconds = view.getUint16(16);
  const known = view.getUint32(0) === magic && view.getUint16(4) === version;
  const sane = count > 0 && count <= maxCount && everySeconds > 0 && headerBytes === headerBytesOf(count);
  if (!known || !sane) return refuse({ kind: "malformed" });
  if (bytes.length < headerBytes) return refuse({ kind: "incomplete", headerBytes });
  const offsets = new Uint32Array(count + 1);
  let end = headerBytes - 1;
  for (let index = 0; index <= count; index++) {
    const offset = view.getUint32(fixedBytes + index * 4);
    const first = index === 0;
    // No gap, no overlap, no empty picture: a range made from it never leaves the object.
    if (first ? offset !== headerBytes : offset <= end) return refuse({ kind: "malformed" });
    offsets[index] = offset;
    end = offset;
  }
  return ok({ everySeconds, width: view.getUint16(18), height: view.getUint16(20), offsets });
}

export interface ThumbnailRange {
  readonly index: number;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/** Times before the start and after the end are the first and the last picture. */
export function thumbnailRange(header: ThumbnailPackHeader, timeSeconds: number): ThumbnailRange {
  const wanted = Number.isNaN(timeSeconds) ? 0 : Math.floor(timeSeconds / header.everySeconds);
  const index = Math.max(0, Math.min(wanted, header.offsets.length - 2));
  const offsetBytes = header.offsets[index] ?? 0;
  return { index, offsetBytes, sizeBytes: (header.offsets[index + 1] ?? offsetBytes) - offsetBytes };
}

function headerBytesOf(count: number): number {
  return fixedBytes + 4 * (count + 1);
}
