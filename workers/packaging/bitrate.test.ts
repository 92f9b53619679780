import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyFrameBitrate, measure, trackBitrate } from "./bitrate.ts";
import { film } from "./golden/timelines.ts";

const [, v720] = film.tracks;
if (v720 === undefined) throw new Error("the film has rungs");

describe("bit rate", () => {
  test("the peak depends on the segment length, the average does not", () => {
    expect(trackBitrate(film, v720, 1)).toEqual({ peakBps: 2_000_000, averageBps: 1_153_847 });
    expect(trackBitrate(film, v720, 2)).toEqual({ peakBps: 1_500_000, averageBps: 1_153_847 });
    // 1,000,000 bytes in 6 s.
    expect(trackBitrate(film, v720, 3)).toEqual({ peakBps: 1_333_334, averageBps: 1_153_847 });
  });

  test("measuring in another grouping first changes nothing", () => {
    const fresh = structuredClone(v720);
    keyFrameBitrate(film, fresh);
    trackBitrate(film, fresh, 3);
    // Without the tail: 1,750,000 bytes in 12 s, and the cap of the encoder as the peak.
    const growing = { ...film, complete: false };
    expect(trackBitrate(growing, fresh, 2)).toEqual({ peakBps: 2_560_000, averageBps: 1_166_667 });
    expect(trackBitrate(film, fresh, 2)).toEqual({ peakBps: 1_500_000, averageBps: 1_153_847 });
    expect(keyFrameBitrate(film, fresh)).toEqual({ peakBps: 400_000, averageBps: 230_770 });
  });

  test("4.1: a tail shorter than half a target duration counts only with the segment before it", () => {
    // 4 s of 500,000 bytes, then 0.1 s of 100,000 bytes: 8 Mbit/s alone, 1.17 Mbit/s together.
    const { peakBps } = measure([100_000, 500_000, 100_000], [4000, 4000, 100], 1000, 4);
    expect(peakBps).toBe(Math.ceil((600_000 * 8) / 4.1));
  });

  test("a track shorter than half a target duration has its average as its peak", () => {
    expect(measure([1000], [500], 1000, 4)).toEqual({ peakBps: 16_000, averageBps: 16_000 });
  });

  test("a segment longer than 1.5 target durations still counts", () => {
    expect(measure([1000, 9000], [4000, 9000], 1000, 4).peakBps).toBe(8000);
  });

  test("nothing measured is zero", () => {
    expect(measure([], [], 1000, 4)).toEqual({ peakBps: 0, averageBps: 0 });
  });

  test("no segment of at least half a target duration is above the peak, and the average never is", () => {
    const segment = fc.tuple(fc.nat({ max: 5_000_000 }), fc.integer({ min: 2000, max: 6000 }));
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
        const sizes = segments.map(([size]) => size);
        const durations = segments.map(([, ticks]) => ticks);
        const { peakBps, averageBps } = measure(sizes, durations, 1000, 4);
        for (const [size, ticks] of segments) expect((size * 8000) / ticks).toBeLessThanOrEqual(peakBps);
        expect(averageBps).toBeLessThanOrEqual(peakBps);
      }),
    );
  });
});
