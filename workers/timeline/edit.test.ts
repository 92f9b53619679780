import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryFragments } from "#workers/testing/arbitrary-fragments.ts";
import { buildTimeline, growthOf } from "#workers/testing/build-timeline.ts";
import { fragmentsOf, slice, sliceFragments, window } from "./edit.ts";
import { appendFragments, concat, joinFragments } from "./join.ts";
import { endTicks, locate, startTicksAt } from "./segments.ts";
import type { Timeline } from "./timeline.ts";

const anyTimeline = fc
  .record({ frameCount: fc.integer({ min: 1, max: 60 * 45 }), complete: fc.boolean() })
  .map((sketch) => buildTimeline({ ...sketch, heights: [240, 720] }));
const anyEdge = fc.integer({ min: -5, max: 50 });

function numbers(timeline: Timeline): readonly (readonly [number, number])[] {
  return timeline.tracks.map(({ fragments }) => [fragments.first, fragments.sync.length]);
}

describe("slice", () => {
  test("keeps absolute numbers, times and places of every fragment in it", () => {
    fc.assert(
      fc.property(arbitraryFragments, fc.nat({ max: 210 }), fc.nat({ max: 210 }), (whole, from, to) => {
        const cut = sliceFragments(whole, whole.first + from, whole.first + to);
        expect(cut.runs.every((run) => run.from < cut.sync.length)).toBe(true);
        for (let index = 0; index < cut.sync.length; index++) {
          const inWhole = cut.first + index - whole.first;
          expect(startTicksAt(cut, index)).toBe(startTicksAt(whole, inWhole));
          expect(cut.sizeBytes[index]).toBe(whole.sizeBytes[inWhole]);
          const a = locate(cut, index);
          const b = locate(whole, inWhole);
          expect([a.location, a.offsetBytes]).toEqual([b.location, b.offsetBytes]);
        }
      }),
    );
  });

  test("a slice of a slice is a slice", () => {
    fc.assert(
      fc.property(anyTimeline, anyEdge, anyEdge, anyEdge, anyEdge, (timeline, a, b, c, d) => {
        const from = Math.max(a, c);
        const to = Math.min(b, d);
        fc.pre(from < to);
        expect(slice(slice(timeline, a, b), c, d)).toEqual(slice(timeline, from, to));
      }),
    );
  });

  test("shares the bytes of its columns", () => {
    const timeline = buildTimeline({ frameCount: 60 * 10 });
    const cut = slice(timeline, 2, 5);
    for (const [index, { fragments }] of cut.tracks.entries()) {
      expect(fragments.sizeBytes.buffer).toBe(timeline.tracks[index]?.fragments.sizeBytes.buffer);
    }
  });

  test("of a growing timeline is complete when it ends before the end", () => {
    const growing = buildTimeline({ frameCount: 60 * 10, complete: false });
    expect(slice(growing, 0, 9).complete).toBe(true);
    expect(slice(growing, 0, 10).complete).toBe(false);
    expect(slice(growing, 4, 99).complete).toBe(false);
  });

  test("with g widens to whole segments, so a name never means fewer bytes", () => {
    const timeline = buildTimeline({ frameCount: 60 * 12 });
    expect(numbers(slice(timeline, 3, 7, 2))[0]).toEqual([2, 6]);
    expect(numbers(slice(timeline, 3, 7, 3))[0]).toEqual([3, 6]);
    expect(numbers(slice(timeline, 3, 7))[0]).toEqual([3, 4]);
  });

  test("beyond the ends is what there is, and may be nothing", () => {
    const timeline = buildTimeline({ frameCount: 60 * 4 });
    expect(numbers(slice(timeline, -3, 99))).toEqual(numbers(timeline));
    expect(numbers(slice(timeline, 9, 12))[0]).toEqual([4, 0]);
    expect(numbers(slice(timeline, 3, 1))[0]).toEqual([3, 0]);
  });
});

describe("window", () => {
  test("is the last fragments of every track, still growing", () => {
    const growing = buildTimeline({ frameCount: 60 * 20, complete: false });
    expect(numbers(window(growing, 6))).toEqual([
      [14, 6],
      [14, 6],
    ]);
    expect(window(growing, 6).complete).toBe(false);
    expect(numbers(window(growing, 99))[0]).toEqual([0, 20]);
    expect(numbers(window(growing, 0))[0]).toEqual([20, 0]);
  });

  test("with g starts on a segment", () => {
    const growing = buildTimeline({ frameCount: 60 * 20, complete: false });
    expect(numbers(window(growing, 5, 2))[0]).toEqual([14, 6]);
  });
});

describe("append and concat", () => {
  test("a timeline cut anywhere and joined again is what it was", () => {
    fc.assert(
      fc.property(anyTimeline, anyEdge, (timeline, at) => {
        const end = timeline.tracks[0]?.fragments.sync.length ?? 0;
        expect(concat(slice(timeline, 0, at), slice(timeline, at, end))).toEqual({
          ok: true,
          value: timeline,
        });
      }),
    );
  });

  test("growth by chunks gives the timeline that was planned", () => {
    const whole = buildTimeline({ frameCount: 60 * 45 + 11, heights: [240, 720], complete: false });
    expect(growthOf(whole).at(-1)).toEqual(whole);
    expect(growthOf(whole)).toHaveLength(5);
  });

  test("any number of parts joins like one after the other", () => {
    const whole = buildTimeline({ frameCount: 60 * 40 }).tracks[0]?.fragments;
    if (whole === undefined) throw new Error("the sketch has a rung");
    const parts = [0, 6, 18, 30].map((from, index, froms) =>
      sliceFragments(whole, from, froms[index + 1] ?? 40),
    );
    expect(joinFragments(parts)).toEqual({ ok: true, value: whole });
    expect(joinFragments([])).toEqual({ ok: false, reason: { kind: "empty" } });
  });

  test("two parts of one object are one run only when they touch", () => {
    const location = { kind: "chunk", chunk: 0, attempt: 1 } as const;
    const entry = { durationTicks: 10, sizeBytes: 100, leadBytes: 20, sync: true };
    const runsWhenAt = (offsetBytes: number) => {
      const next = { ...fragmentsOf(1, 10, location, [entry]), runs: [{ from: 0, location, offsetBytes }] };
      const joined = appendFragments(fragmentsOf(0, 0, location, [entry]), next);
      return joined.ok ? joined.value.runs.length : null;
    };
    expect([runsWhenAt(100), runsWhenAt(101), runsWhenAt(99)]).toEqual([1, 2, 2]);
  });

  test("a gap or an overlap, in numbers or in ticks, is refused", () => {
    const location = { kind: "chunk", chunk: 0, attempt: 1 } as const;
    const entry = { durationTicks: 10, sizeBytes: 100, leadBytes: 20, sync: true };
    const a = fragmentsOf(0, 0, location, [entry, entry]);
    const next = (first: number, startTicks: number) => fragmentsOf(first, startTicks, location, [entry]);
    expect(endTicks(a)).toBe(20);
    expect(appendFragments(a, next(2, 20)).ok).toBe(true);
    for (const [first, startTicks, field] of [
      [3, 20, "number"],
      [1, 20, "number"],
      [2, 21, "ticks"],
      [2, 19, "ticks"],
    ] as const) {
      expect(appendFragments(a, next(first, startTicks))).toMatchObject({
        ok: false,
        reason: { kind: "notAdjacent", field },
      });
    }
  });

  test("other tracks, other formats and another grid are refused", () => {
    const whole = buildTimeline({ frameCount: 60 * 12, heights: [240, 720] });
    const [a, b] = [slice(whole, 0, 6), slice(whole, 6, 12)];
    const withFormat = (change: object): Timeline => ({
      ...b,
      tracks: b.tracks.map((track, index) =>
        index === 1 ? { ...track, format: { ...track.format, ...change } } : track,
      ),
    });
    expect(concat(a, withFormat({ codec: "avc1.42c01e" }))).toEqual({
      ok: false,
      reason: { kind: "tracksDiffer", track: "v720" },
    });
    expect(concat(a, { ...b, tracks: b.tracks.slice(0, 2) })).toMatchObject({ reason: { track: "a0" } });
    expect(concat({ ...a, tracks: a.tracks.slice(0, 2) }, b)).toMatchObject({ reason: { track: "a0" } });
    expect(concat(a, { ...b, gop: { ticks: 1, timescale: 1 } })).toEqual({
      ok: false,
      reason: { kind: "gridDiffers" },
    });
  });

  test("a frame rate that is equal but another object is the same format", () => {
    const whole = buildTimeline({ frameCount: 60 * 12 });
    const copy = structuredClone(slice(whole, 6, 12));
    expect(concat(slice(whole, 0, 6), copy).ok).toBe(true);
  });
});
