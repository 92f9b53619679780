import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  constantRate,
  findGrid,
  opusPacketTicks,
  pictureTicks,
  soundPhaseTicks,
  soundStarts,
} from "./clock.ts";

const file = { timestampScale: 1_000_000, originNs: 0 };

describe("pictures", () => {
  it.for([
    [41_708_333, 24_000, 1001],
    [33_366_667, 30_000, 1001],
    [16_683_333, 60_000, 1001],
    [40_000_000, 90_000, 3600],
    [16_666_667, 90_000, 1500],
    [66_666_667, 90_000, 6000],
  ] as const)("of %i ns are counted in ticks of %i, %i each", ([frameNs, timescale, frameTicks]) => {
    expect(constantRate(frameNs)).toEqual({ timescale, frameTicks });
  });

  it("have no rate that whole ticks can't count", () => {
    for (const frameNs of [0, 1, 36_630_036, 11e9, Number.NaN]) expect(constantRate(frameNs)).toBe(null);
  });

  it("of a constant rate get even durations for two hours, however their times were rounded", () => {
    const rates = [41_708_333, 33_366_667, 40_000_000, 16_683_333, 16_666_667];
    const roundings = [Math.round, Math.floor, Math.ceil];
    fc.assert(
      fc.property(
        fc.constantFrom(...rates),
        fc.constantFrom(...roundings),
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.nat({ max: 430_000 }),
        (frameNs, rounding, startMs, later) => {
          const rate = constantRate(frameNs);
          if (!rate) throw new Error("no rate");
          const at = (index: number) => rounding(startMs + (index * rate.frameTicks * 1000) / rate.timescale);
          const pictures = Array.from({ length: 60 }, (_, index) => at(index));
          const cues = Array.from({ length: 100 }, (_, index) => at(index * 48));
          const clock = findGrid(file, rate, pictures, cues);
          if (!clock) throw new Error("no grid");
          const ticks = (index: number) => pictureTicks(file, clock, at(index));
          expect(ticks(later + 1) - ticks(later)).toBe(rate.frameTicks);
          expect(Math.abs(ticks(later) / rate.timescale - at(later) / 1000)).toBeLessThan(0.00101);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("are taken as they are where the rate is not the one that is told", () => {
    const rate = constantRate(40_000_000);
    const others = Array.from({ length: 60 }, (_, index) => Math.round(index * 33.3));
    expect(rate && findGrid(file, rate, others, [])).toBe(null);
    // The pictures of the beginning agree, the cues of the rest do not.
    const pictures = Array.from({ length: 20 }, (_, index) => index * 40);
    expect(rate && findGrid(file, rate, pictures, [0, 4010, 8020, 12_025])).toBe(null);
  });
});

const aac = { timescale: 48_000, frameTicks: 1024, phaseTicks: 0 };
const timed = (timestamps: readonly number[], durationTicks = 1024) =>
  timestamps.map((timestamp) => ({ timestamp, durationTicks }));
const exactMs = (index: number) => (index * 1024) / 48;

describe("sound", () => {
  it("lies on its grid: a fragment begins where the one before ends, wherever it was cut", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(Math.round, Math.floor),
        fc.constantFrom(44_100, 48_000, 24_000),
        fc.nat({ max: 300_000 }),
        fc.integer({ min: 1, max: 200 }),
        (rounding, timescale, from, count) => {
          const at = (index: number) => rounding((index * 1024 * 1000) / timescale);
          const beginning = Array.from({ length: 50 }, (_, index) => at(index));
          const clock = { timescale, frameTicks: 1024 };
          const phaseTicks = soundPhaseTicks(file, clock, beginning);
          const list = (first: number, length: number) =>
            soundStarts(
              file,
              { ...clock, phaseTicks },
              timed(Array.from({ length }, (_, index) => at(first + index))),
            );
          const starts = list(from, count);
          const [next] = list(from + count, 5);
          expect(next).toBe((starts.at(-1) ?? 0) + 1024);
          for (const [index, start] of starts.entries()) {
            expect(start - (starts[0] ?? 0)).toBe(index * 1024);
            expect(Math.abs(start / timescale - at(from + index) / 1000)).toBeLessThan(0.00105);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("has a hole where all that follows is later, and none for single late times", () => {
    const late = [0, 1, 2, 3, 4, 5].map((index) => Math.round(exactMs(index >= 3 ? index + 2 : index)));
    expect(soundStarts(file, aac, timed(late)).map((start) => start / 1024)).toEqual([0, 1, 2, 5, 6, 7]);
    const jitter = [0, 1, 2, 3, 4, 5].map((index) => Math.round(exactMs(index) + (index === 3 ? 30 : 0)));
    expect(soundStarts(file, aac, timed(jitter)).map((start) => start / 1024)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("of Opus lasts as long as its packets say", () => {
    expect(opusPacketTicks(Uint8Array.of(0xfc))).toBe(960);
    expect(opusPacketTicks(Uint8Array.of(0x08))).toBe(960);
    expect(opusPacketTicks(Uint8Array.of(0x18))).toBe(2880);
    expect(opusPacketTicks(Uint8Array.of(0x80))).toBe(120);
    expect(opusPacketTicks(Uint8Array.of(0xf9))).toBe(1920);
    expect(opusPacketTicks(Uint8Array.of(0xfb, 3))).toBe(2880);
    expect(opusPacketTicks(Uint8Array.of(0xfb, 63))).toBe(null);
    expect(opusPacketTicks(Uint8Array.of(0xfb))).toBe(null);
    expect(opusPacketTicks(new Uint8Array(0))).toBe(null);
  });
});
