import fc from "fast-check";
import { expect, test } from "vitest";
import { byteSet, type Interval } from "./byte-set.ts";

const interval = fc
  .tuple(fc.nat({ max: 60 }), fc.nat({ max: 20 }))
  .map(([from, size]): Interval => ({ from, to: from + size }));

const numbers = (intervals: readonly Interval[]) =>
  intervals.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index));

test("a set of bytes says what a plain set of numbers says, in the fewest gaps", () => {
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 12 }), interval, (added, asked) => {
      const set = byteSet();
      for (const one of added) set.add(one);
      const plain = new Set(numbers(added));
      expect(set.sizeBytes()).toBe(plain.size);
      const gaps = set.missing(asked);
      expect(numbers(gaps)).toEqual(numbers([asked]).filter((byte) => !plain.has(byte)));
      for (const [index, gap] of gaps.entries()) {
        expect(gap.to).toBeGreaterThan(gap.from);
        expect(gap.from).toBeGreaterThan(gaps[index - 1]?.to ?? -1);
      }
    }),
  );
});
