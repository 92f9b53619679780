import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryFragments } from "#workers/testing/arbitrary-fragments.ts";
import { buildTimeline } from "#workers/testing/build-timeline.ts";
import { fragmentsOf, sliceFragments } from "./edit.ts";
import {
  endTicks,
  listSegments,
  locate,
  segmentCount,
  segmentDurations,
  segmentRange,
  segmentSizes,
  startTicksAt,
} from "./segments.ts";
import type { SegmentFragments } from "./timeline.ts";

const groupings = [1, 2, 3] as const satisfies readonly SegmentFragments[];
const anyG = fc.constantFrom(...groupings);
const location = { kind: "chunk", chunk: 0, attempt: 1 } as const;
const entry = { durationTicks: 10, sizeBytes: 100, leadBytes: 20, sync: true };
const five = fragmentsOf(0, 0, location, [entry, entry, entry, entry, entry]);

function videoFragments(frameCount: number) {
  const [video] = buildTimeline({ frameCount, audio: [] }).tracks;
  if (video === undefined) throw new Error("a sketch has one rung");
  return video.fragments;
}

describe("segments", () => {
  test("a short last group exists only when the timeline is complete", () => {
    expect(segmentCount(five, 2, false)).toBe(2);
    expect(segmentCount(five, 2, true)).toBe(3);
    expect(segmentRange(five, 2, 2, false)).toBeNull();
    expect(segmentRange(five, 2, 2, true)).toEqual({
      n: 2,
      location,
      offsetBytes: 400,
      sizeBytes: 100,
      startTicks: 40,
      durationTicks: 10,
    });
  });

  test("a number outside the table, or that is none, has no range", () => {
    for (const n of [-1, 3, 1e9, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(segmentRange(five, 2, n, true)).toBeNull();
    }
  });

  test("segments follow each other without gap or overlap, and their sums are the track's", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 * 60 }), anyG, (frameCount, g) => {
        const fragments = videoFragments(frameCount);
        const segments = listSegments(fragments, g, true);
        let ticks = 0;
        let bytes = 0;
        let before: (typeof segments)[number] | undefined;
        for (const segment of segments) {
          expect(segment.startTicks).toBe(ticks);
          if (JSON.stringify(before?.location) === JSON.stringify(segment.location) && before !== undefined) {
            expect(segment.offsetBytes).toBe(before.offsetBytes + before.sizeBytes);
          } else {
            expect(segment.offsetBytes).toBe(0);
          }
          ticks += segment.durationTicks;
          bytes += segment.sizeBytes;
          before = segment;
        }
        expect(ticks).toBe(endTicks(fragments));
        expect(bytes).toBe(fragments.sizeBytes.reduce((sum, size) => sum + size, 0));
        expect(segments.map(({ durationTicks }) => durationTicks)).toEqual([
          ...segmentDurations(fragments, g, true),
        ]);
        expect(segments.map(({ sizeBytes }) => sizeBytes)).toEqual([...segmentSizes(fragments, g, true)]);
      }),
      { numRuns: 40 },
    );
  });

  test("a name means the same bytes in a slice as in the whole", () => {
    const whole = videoFragments(60 * 40 + 7);
    fc.assert(
      fc.property(anyG, fc.nat({ max: 20 }), fc.nat({ max: 20 }), (g, from, to) => {
        const cut = sliceFragments(whole, from * g, to * g);
        for (const segment of listSegments(cut, g, true)) {
          expect(segment).toEqual(segmentRange(whole, g, segment.n, true));
        }
      }),
    );
  });

  test("a table that starts off the grid can't be grouped", () => {
    const cut = sliceFragments(five, 1, 5);
    expect(() => segmentCount(cut, 2, true)).toThrow("not on the grid");
    expect(listSegments(cut, 1, true).map(({ n }) => n)).toEqual([1, 2, 3, 4]);
  });

  test("a segment that would span two objects is a broken invariant", () => {
    const split = {
      ...five,
      runs: [
        { from: 0, location, offsetBytes: 0 },
        { from: 3, location: { ...location, chunk: 1 }, offsetBytes: 0 },
      ],
    };
    expect(() => segmentRange(split, 2, 1, true)).toThrow("spans two stored objects");
  });
});

describe("lookups", () => {
  test("any fragment is found where counting from the start of its run puts it", () => {
    fc.assert(
      fc.property(arbitraryFragments, (fragments) => {
        let ticks = fragments.startTicks;
        let offset = 0;
        for (let index = 0; index < fragments.sync.length; index++) {
          const run = fragments.runs.find(({ from }) => from === index);
          if (run !== undefined) offset = run.offsetBytes;
          const found = locate(fragments, index);
          expect(found.offsetBytes).toBe(offset);
          expect(startTicksAt(fragments, index)).toBe(ticks);
          ticks += fragments.durationTicks[index] ?? 0;
          offset += fragments.sizeBytes[index] ?? 0;
        }
        expect(endTicks(fragments)).toBe(ticks);
      }),
    );
  });

  test("times are exact on both sides of a checkpoint", () => {
    for (const count of [0, 1, 63, 64, 65, 128, 129]) {
      const fragments = fragmentsOf(
        0,
        7,
        location,
        Array.from({ length: count }, () => entry),
      );
      for (let index = 0; index <= count; index++)
        expect(startTicksAt(fragments, index)).toBe(7 + index * 10);
    }
  });
});
