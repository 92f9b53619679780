// The stored form of a source's map, and what of the file a stretch of time needs.
//
//   "SM", version, counts of both lists; the ranges of `always`; each fragment's range; then each fragment's start as a
//   64-bit float. A range's offset is the difference from the end of the one before.
import { concatBytes } from "#workers/bytes.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { ByteReader } from "#workers/timeline/byte-reader.ts";
import { ByteWriter } from "#workers/timeline/byte-writer.ts";
import { mergeRanges } from "./byte-ranges.ts";
import type { ByteRange, SourceMap } from "./source.ts";

const magic = [0x53, 0x4d, 1];

export function encodeSourceMap(map: SourceMap): Uint8Array {
  const writer = new ByteWriter();
  for (const byte of magic) writer.byte(byte);
  writer.varint(map.always.length);
  writer.varint(map.fragments.length);
  let end = 0;
  for (const { offsetBytes, sizeBytes } of [...map.always, ...map.fragments.map(({ range }) => range)]) {
    writer.signed(offsetBytes - end);
    writer.varint(sizeBytes);
    end = offsetBytes + sizeBytes;
  }
  const starts = new Uint8Array(map.fragments.length * 8);
  const view = new DataView(starts.buffer);
  for (const [index, { startSeconds }] of map.fragments.entries()) view.setFloat64(index * 8, startSeconds);
  return concatBytes([writer.finish(), starts]);
}

export function decodeSourceMap(bytes: Uint8Array): Result<SourceMap, { readonly kind: "badMap" }> {
  const reader = new ByteReader(bytes);
  for (const byte of magic) if (reader.byte() !== byte) return refuse({ kind: "badMap" });
  const alwaysCount = reader.varint();
  const fragmentCount = reader.varint();
  // A range takes two bytes at least, a fragment ten.
  if (alwaysCount * 2 + fragmentCount * 10 > reader.left) return refuse({ kind: "badMap" });
  let end = 0;
  const readRange = (): ByteRange => {
    const offsetBytes = end + reader.signed();
    const sizeBytes = reader.varint();
    end = offsetBytes + sizeBytes;
    if (offsetBytes < 0 || !Number.isSafeInteger(end)) reader.fail("outOfRange");
    return { offsetBytes, sizeBytes };
  };
  const always = Array.from({ length: alwaysCount }, readRange);
  const ranges = Array.from({ length: fragmentCount }, readRange);
  if (reader.fault || reader.left !== fragmentCount * 8) return refuse({ kind: "badMap" });
  const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - reader.left);
  const fragments = ranges.map((range, index) => ({ startSeconds: view.getFloat64(index * 8), range }));
  const isAscending = fragments.every(
    ({ startSeconds }, index) =>
      Number.isFinite(startSeconds) && startSeconds >= (fragments[index - 1]?.startSeconds ?? startSeconds),
  );
  return isAscending ? ok({ always, fragments }) : refuse({ kind: "badMap" });
}

/**
 * What must be there to decode from `fromSeconds` to `toSeconds`: it begins with the sync sample at or before the
 * start. Ascending and apart.
 */
export function rangesFor(map: SourceMap, fromSeconds: number, toSeconds: number): readonly ByteRange[] {
  const { always, fragments } = map;
  const held = fragments.filter(({ startSeconds }, index) => {
    const endSeconds = fragments[index + 1]?.startSeconds ?? Infinity;
    const holdsStart = index === 0 || startSeconds < toSeconds;
    return holdsStart && endSeconds > fromSeconds;
  });
  return mergeRanges([...always, ...held.map(({ range }) => range)]);
}
