import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSourceMap, encodeSourceMap, rangesFor } from "./map-codec.ts";
import type { ByteRange, SourceMap } from "./source.ts";

const range = fc.record({ offsetBytes: fc.nat({ max: 2 ** 40 }), sizeBytes: fc.nat({ max: 2 ** 30 }) });
const map: fc.Arbitrary<SourceMap> = fc.record({
  always: fc.array(range, { maxLength: 4 }),
  fragments: fc
    .array(fc.tuple(fc.double({ min: 0, max: 30, noNaN: true }), range), { maxLength: 20 })
    .map((list) => {
      let startSeconds = 0;
      return list.map(([step, at]) => ({ startSeconds: (startSeconds += step), range: at }));
    }),
});

const film: SourceMap = {
  always: [
    { offsetBytes: 0, sizeBytes: 32 },
    { offsetBytes: 9000, sizeBytes: 500 },
  ],
  fragments: [0, 4, 8.5, 12].map((startSeconds, index) => ({
    startSeconds,
    range: { offsetBytes: 1000 + index * 2000, sizeBytes: 2100 },
  })),
};
const heldBy = (ranges: readonly ByteRange[], at: number) =>
  ranges.some(({ offsetBytes, sizeBytes }) => at >= offsetBytes && at < offsetBytes + sizeBytes);

describe("a source's map", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(map, (drawn) => {
        expect(decodeSourceMap(encodeSourceMap(drawn))).toEqual({ ok: true, value: drawn });
      }),
    );
  });

  it("is refused or read, never thrown on, when bytes are changed, cut or noise", () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        map,
        fc.array(change, { maxLength: 5 }),
        fc.nat(),
        fc.uint8Array(),
        (drawn, changes, cut, noise) => {
          const bytes = encodeSourceMap(drawn);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          for (const hostile of [bytes, bytes.subarray(0, cut % bytes.length), noise]) {
            expect(typeof decodeSourceMap(hostile).ok).toBe("boolean");
          }
        },
      ),
    );
  });

  it("names what a stretch of time needs, from the key frame at or before its start", () => {
    expect(rangesFor(film, 5, 8)).toEqual([
      { offsetBytes: 0, sizeBytes: 32 },
      { offsetBytes: 3000, sizeBytes: 2100 },
      { offsetBytes: 9000, sizeBytes: 500 },
    ]);
    expect(rangesFor(film, 4, 12)).toEqual([
      { offsetBytes: 0, sizeBytes: 32 },
      { offsetBytes: 3000, sizeBytes: 4100 },
      { offsetBytes: 9000, sizeBytes: 500 },
    ]);
    expect(rangesFor(film, 100, 200).at(1)).toEqual({ offsetBytes: 7000, sizeBytes: 2500 });
  });

  it("names ranges that are apart, in order, and hold all that overlaps the stretch", () => {
    fc.assert(
      fc.property(
        map,
        fc.double({ min: 0, max: 300, noNaN: true }),
        fc.double({ min: 0, max: 60, noNaN: true }),
        (drawn, from, length) => {
          const ranges = rangesFor(drawn, from, from + length);
          for (const [index, { offsetBytes }] of ranges.entries()) {
            const before = ranges[index - 1];
            if (before) expect(offsetBytes).toBeGreaterThan(before.offsetBytes + before.sizeBytes);
          }
          for (const [index, { startSeconds, range: own }] of drawn.fragments.entries()) {
            const endSeconds = drawn.fragments[index + 1]?.startSeconds ?? Infinity;
            if (startSeconds >= from + length || endSeconds <= from || own.sizeBytes === 0) continue;
            expect(
              heldBy(ranges, own.offsetBytes) && heldBy(ranges, own.offsetBytes + own.sizeBytes - 1),
            ).toBe(true);
          }
        },
      ),
    );
  });
});
