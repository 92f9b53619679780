import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeThumbnailPack,
  readThumbnailPackHeader,
  thumbnailHeaderReadBytes,
  thumbnailRange,
  type ThumbnailPack,
} from "./thumbnail-pack.ts";

const packs: fc.Arbitrary<ThumbnailPack> = fc.record({
  everySeconds: fc.integer({ min: 1, max: 0xffff }),
  width: fc.integer({ min: 2, max: 0xffff }),
  height: fc.integer({ min: 2, max: 0xffff }),
  images: fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 40 }),
});

const onePicture = encodeThumbnailPack({
  everySeconds: 10,
  width: 320,
  height: 180,
  images: [Uint8Array.of(0xff, 0xd8, 0xff, 0xd9)],
});

function headerOf(bytes: Uint8Array) {
  const result = readThumbnailPackHeader(bytes);
  if (!result.ok) throw new Error(JSON.stringify(result.reason));
  return result.value;
}

describe("a thumbnail pack", () => {
  test("gives back every picture by its range, and what it said of all", () => {
    fc.assert(
      fc.property(packs, (pack) => {
        const bytes = encodeThumbnailPack(pack);
        const header = headerOf(bytes);
        expect(header).toMatchObject({
          everySeconds: pack.everySeconds,
          width: pack.width,
          height: pack.height,
        });
        for (const [index, image] of pack.images.entries()) {
          const range = thumbnailRange(header, (index + 0.5) * pack.everySeconds);
          expect(range.index).toBe(index);
          expect(bytes.slice(range.offsetBytes, range.offsetBytes + range.sizeBytes)).toEqual(image);
        }
      }),
    );
  });

  test("says from any start of itself how many bytes hold the header, and needs no more", () => {
    fc.assert(
      fc.property(packs, fc.nat(300), (pack, length) => {
        const bytes = encodeThumbnailPack(pack);
        const start = bytes.slice(0, length);
        const result = readThumbnailPackHeader(start);
        if (result.ok) return;
        if (result.reason.kind !== "incomplete") throw new Error("called malformed");
        expect(result.reason.headerBytes).toBeGreaterThan(start.length);
        if (start.length >= 24) headerOf(bytes.slice(0, result.reason.headerBytes));
      }),
    );
  });

  test("of a two-hour video is read with the first, small range", () => {
    const images = Array.from({ length: 720 }, () => Uint8Array.of(1));
    const bytes = encodeThumbnailPack({ everySeconds: 10, width: 320, height: 180, images });
    expect(headerOf(bytes.slice(0, thumbnailHeaderReadBytes)).offsets).toHaveLength(721);
  });

  test("shows its first picture before the start, its last after the end, and one for no number", () => {
    const images = [Uint8Array.of(1), Uint8Array.of(2, 2), Uint8Array.of(3)];
    const header = headerOf(encodeThumbnailPack({ everySeconds: 10, width: 2, height: 2, images }));
    const index = (seconds: number) => thumbnailRange(header, seconds).index;
    expect([-1, 0, 9.999, 10, 29.9, 30, 1e300, Number.POSITIVE_INFINITY, Number.NaN].map(index)).toEqual([
      0, 0, 0, 1, 2, 2, 2, 2, 0,
    ]);
  });

  test("is not written without pictures", () => {
    expect(() => encodeThumbnailPack({ everySeconds: 10, width: 2, height: 2, images: [] })).toThrow();
  });
});

describe("hostile bytes", () => {
  test("never throw, and never give a range that goes backwards or into the header", () => {
    const noise = fc.uint8Array({ minLength: 0, maxLength: 200 });
    const almost = fc.tuple(packs, fc.nat(), fc.nat(255)).map(([pack, at, value]) => {
      const bytes = encodeThumbnailPack(pack);
      bytes[at % Math.min(bytes.length, 24 + 4 * (pack.images.length + 1))] = value;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(noise, almost), (bytes) => {
        const result = readThumbnailPackHeader(bytes);
        if (!result.ok) return;
        const { offsets } = result.value;
        for (let index = 0; index + 1 < offsets.length; index++) {
          const { offsetBytes, sizeBytes } = thumbnailRange(result.value, index * result.value.everySeconds);
          expect(offsetBytes).toBeGreaterThanOrEqual(24 + 4 * offsets.length);
          expect(sizeBytes).toBeGreaterThan(0);
        }
      }),
    );
  });

  test.each([
    ["another magic", 0, 0],
    ["a later version", 5, 2],
    ["no picture", 15, 0],
    ["more pictures than any video has", 12, 0x40],
    ["a header length that is not its own", 11, 40],
    ["no time between pictures", 17, 0],
    ["a first picture inside the header", 27, 8],
    ["a picture that ends before it starts", 31, 1],
  ])("%s is malformed", (_what, at, value) => {
    const bytes = onePicture.slice();
    bytes[at] = value;
    expect(readThumbnailPackHeader(bytes)).toEqual({ ok: false, reason: { kind: "malformed" } });
  });
});
