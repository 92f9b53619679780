import * as fc from "fast-check";
import { expect, test } from "vitest";
import { timescaleOf } from "#workers/timeline/grid.ts";
import { supportedRates } from "#workers/transcoding/frame-rate.ts";
import { pictureTimescale, scaleTicks } from "./picture-timescale.ts";

test("every rate of a ladder is counted as the ladder counts it", () => {
  for (const rate of supportedRates) expect(pictureTimescale(rate)).toBe(timescaleOf(rate));
});

test("of rates that a ladder halves, the half's timescale, or the usual one", () => {
  expect(pictureTimescale({ numerator: 100, denominator: 1 })).toBe(90_000);
  expect(pictureTimescale({ numerator: 23_500, denominator: 1000 })).toBe(90_000);
});

test("times are off by half a tick at most, however many went before, and stay in order", () => {
  const timescale = fc.integer({ min: 1, max: 10_000_000 });
  const times = fc.array(fc.nat({ max: 1_000_000_000 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(timescale, timescale, times, (fromTimescale, toTimescale, ticks) => {
      const scaled = ticks
        .toSorted((a, b) => a - b)
        .map((at) => [at, scaleTicks(at, { fromTimescale, toTimescale })]);
      for (const [index, [at = 0, to = 0]] of scaled.entries()) {
        expect(Math.abs(to - (at * toTimescale) / fromTimescale)).toBeLessThanOrEqual(0.5);
        expect(to).toBeGreaterThanOrEqual(scaled[index - 1]?.[1] ?? 0);
      }
    }),
  );
});
