import * as fc from "fast-check";
import HLS from "hls-parser";
import { parse } from "mpd-parser";
import { describe, expect, test } from "vitest";
import type { Limits } from "#workers/access/limits.ts";
import { printMpd } from "#workers/packaging/dash/mpd.ts";
import { printIFrames } from "#workers/packaging/hls/iframes.ts";
import { printMedia } from "#workers/packaging/hls/media.ts";
import { printMultivariant } from "#workers/packaging/hls/multivariant.ts";
import { buildTimeline, growthOf } from "#workers/testing/build-timeline.ts";
import { fragmentsOf } from "#workers/timeline/edit.ts";
import { endTicks, listSegments, segmentRange } from "#workers/timeline/segments.ts";
import type { SegmentFragments, Timeline } from "#workers/timeline/timeline.ts";
import { clipOf, type Clip } from "./clip.ts";
import { offeredSlice } from "./offered-slice.ts";

HLS.setOptions({ strictMode: true, silent: true });

const anyG = fc.constantFrom<SegmentFragments>(1, 2, 3);
const anyFilm = fc
  .record({
    frameRate: fc.constantFrom(
      { numerator: 24000, denominator: 1001 },
      { numerator: 25, denominator: 1 },
      { numerator: 30000, denominator: 1001 },
      { numerator: 60, denominator: 1 },
    ),
    seconds: fc.double({ min: 1, max: 90, noNaN: true }),
  })
  .map(({ frameRate, seconds }) =>
    buildTimeline({
      frameRate,
      frameCount: Math.max(1, Math.round((seconds * frameRate.numerator) / frameRate.denominator)),
      heights: [240, 480],
      audio: [{}],
    }),
  );

function durationOf({ tracks }: Timeline): number {
  const [lead] = tracks;
  if (lead === undefined) throw new Error("a film has tracks");
  return endTicks(lead.fragments) / lead.format.timescale;
}

/** Shares of the duration, so that every clip lies inside. */
const anyCase = fc
  .record({
    film: anyFilm,
    g: anyG,
    a: fc.double({ min: 0, max: 1, noNaN: true }),
    b: fc.double({ min: 0, max: 1.2, noNaN: true }),
  })
  .map(({ film, g, a, b }) => {
    const durationSeconds = durationOf(film);
    const startSeconds = Math.min(a, b) * durationSeconds;
    const endSeconds = Math.max(a, b) * durationSeconds;
    const limits: Limits = { startSeconds, endSeconds };
    return { film, g, limits, startSeconds, endSeconds, durationSeconds };
  })
  // A millisecond is more than any tick.
  .filter(
    ({ startSeconds, endSeconds, durationSeconds }) =>
      startSeconds < Math.min(endSeconds, durationSeconds) - 0.001,
  );

function clipped(
  film: Timeline,
  limits: Limits,
  g: SegmentFragments,
): { readonly clip: Clip; readonly timeline: Timeline } {
  const clip = clipOf(limits, { gop: film.gop, durationSeconds: durationOf(film) }, g);
  if (!clip.ok) throw new Error(clip.reason);
  return { clip: clip.value, timeline: offeredSlice(film, clip.value.slice) };
}

const gop = { ticks: 180_000, timescale: 90_000 };
const span = { gop, durationSeconds: 13 };

describe("seconds to fragments", () => {
  test.each<[string, Limits, readonly [number, number | null, SegmentFragments, number, number | null]]>([
    ["nothing asked for is the whole", {}, [0, null, 2, 0, null]],
    ["an edge stays where it is", { startSeconds: 4, endSeconds: 8 }, [2, 4, 2, 0, 8]],
    ["outwards to fragment edges", { startSeconds: 5.5, endSeconds: 7 }, [2, 4, 2, 1.5, 7]],
    ["off the grid of segments, by single fragments", { startSeconds: 6 }, [3, null, 1, 0, null]],
    ["an end off the grid as well", { startSeconds: 4, endSeconds: 9.5 }, [2, 5, 1, 0, 9.5]],
    ["an end behind the end is the end", { startSeconds: 8, endSeconds: 99 }, [4, null, 2, 0, null]],
    ["an end at the end is the end", { endSeconds: 13 }, [0, null, 2, 0, null]],
    ["an instant is one fragment", { startSeconds: 12.9, endSeconds: 12.95 }, [6, 7, 1, 0.9, 12.95]],
  ])("%s", (_name, limits, [fromFragment, toFragment, g, offset, endSeconds]) => {
    const clip = clipOf(limits, span, 2);
    expect(clip).toEqual({
      ok: true,
      value: {
        slice: { fromFragment, toFragment },
        g,
        startOffsetSeconds: expect.closeTo(offset, 9),
        endSeconds,
      },
    });
  });

  test("a decimal that names an edge at 29.97 frames a second is on it", () => {
    const ntsc = { gop: { ticks: 60_060, timescale: 30_000 }, durationSeconds: 600 };
    for (let fragment = 1; fragment < 200; fragment++) {
      const seconds = Number((fragment * 2.002).toFixed(3));
      expect(clipOf({ startSeconds: seconds, endSeconds: seconds + 2.002 }, ntsc, 1)).toMatchObject({
        value: { slice: { fromFragment: fragment, toFragment: fragment + 1 }, startOffsetSeconds: 0 },
      });
    }
  });

  test("nothing between start and end, or nothing there, is refused by its reason", () => {
    expect(clipOf({ startSeconds: 5, endSeconds: 5 }, span, 2)).toEqual({ ok: false, reason: "clipEmpty" });
    expect(clipOf({ startSeconds: 5, endSeconds: 5.000_001 }, span, 2)).toEqual({
      ok: false,
      reason: "clipEmpty",
    });
    expect(clipOf({ startSeconds: 9, endSeconds: 5 }, span, 2)).toEqual({ ok: false, reason: "clipEmpty" });
    expect(clipOf({ startSeconds: 13 }, span, 2)).toEqual({ ok: false, reason: "clipBeyondEnd" });
    expect(clipOf({ startSeconds: 99, endSeconds: 120 }, span, 2)).toEqual({
      ok: false,
      reason: "clipBeyondEnd",
    });
    // Not known yet: the clip waits for its first fragment.
    expect(clipOf({ startSeconds: 99 }, { gop, durationSeconds: null }, 2).ok).toBe(true);
  });
});

describe("any clip", () => {
  test("holds what was asked for, and less than a fragment more at each end", () => {
    fc.assert(
      fc.property(anyCase, ({ film, g, limits, startSeconds, endSeconds, durationSeconds }) => {
        const { clip, timeline } = clipped(film, limits, g);
        const [lead] = timeline.tracks;
        if (lead === undefined) throw new Error("a film has tracks");
        const { timescale } = lead.format;
        const tick = 1 / timescale;
        const gopSeconds = film.gop.ticks / film.gop.timescale;
        const from = lead.fragments.startTicks / timescale;
        const to = endTicks(lead.fragments) / timescale;
        expect(from).toBeLessThanOrEqual(startSeconds + tick);
        expect(from).toBeGreaterThan(startSeconds - gopSeconds - tick);
        expect(from + clip.startOffsetSeconds).toBeCloseTo(startSeconds, 4);
        expect(to).toBeGreaterThanOrEqual(Math.min(endSeconds, durationSeconds) - tick);
        expect(to).toBeLessThan(Math.min(endSeconds, durationSeconds) + gopSeconds + tick);
      }),
    );
  });

  test("plays the same bytes under the same names as the whole, and its durations sum to it exactly", () => {
    fc.assert(
      fc.property(anyCase, ({ film, g: own, limits }) => {
        const { clip, timeline } = clipped(film, limits, own);
        const { g } = clip;
        for (const [index, track] of timeline.tracks.entries()) {
          const whole = film.tracks[index];
          if (whole === undefined) throw new Error("a clip has no more tracks than the film");
          const listed = listSegments(track.fragments, g, timeline.complete);
          expect(listed.length).toBeGreaterThan(0);
          for (const segment of listed) {
            expect(segment).toEqual(segmentRange(whole.fragments, g, segment.n, true));
          }
          const sum = listed.reduce((ticks, { durationTicks }) => ticks + durationTicks, 0);
          expect(sum).toBe(endTicks(track.fragments) - track.fragments.startTicks);
        }
      }),
    );
  });

  test("is a playlist that hls-parser accepts in strict mode, with those names and durations", () => {
    fc.assert(
      fc.property(anyCase, ({ film, g: own, limits }) => {
        const { clip, timeline } = clipped(film, limits, own);
        const { g, startOffsetSeconds } = clip;
        const text = printMultivariant(timeline, { g, trackPath: (id) => `s/S/1-${id}`, startOffsetSeconds });
        const multivariant = HLS.parse(text);
        expect(multivariant.start?.offset ?? 0).toBeCloseTo(startOffsetSeconds, 5);
        expect(multivariant.start?.precise ?? true).toBe(true);
        for (const track of timeline.tracks) {
          const read = HLS.parse(printMedia(timeline, track, { g }));
          if (read.isMasterPlaylist) throw new Error("a media playlist is none");
          const listed = listSegments(track.fragments, g, true);
          expect(read.endlist).toBe(true);
          expect(read.segments.map(({ uri, mediaSequenceNumber }) => [uri, mediaSequenceNumber])).toEqual(
            listed.map(({ n }) => [`${g}/${n}.m4s`, n]),
          );
          const sum = read.segments.reduce((seconds, { duration }) => seconds + duration, 0);
          const { startTicks } = track.fragments;
          expect(sum).toBeCloseTo((endTicks(track.fragments) - startTicks) / track.format.timescale, 4);
          if (track.format.kind === "video") HLS.parse(printIFrames(timeline, track));
        }
      }),
    );
  });

  test("is an MPD in which mpd-parser finds those names, from 0 s to the second that was asked for", () => {
    fc.assert(
      fc.property(anyCase, ({ film, g: own, limits, endSeconds, durationSeconds }) => {
        const { clip, timeline } = clipped(film, limits, own);
        const { g } = clip;
        const options = { g, baseUrl: "s/S/", trackPath: "1-$RepresentationID$" };
        const text = printMpd(timeline, { ...options, endSeconds: clip.endSeconds ?? Infinity });
        const read = parse(text, { manifestUri: "https://sluice.test/p/P/dash.mpd", eventHandler: () => {} });
        const [lead] = timeline.tracks;
        if (lead === undefined) throw new Error("a film has tracks");
        const from = lead.fragments.startTicks / lead.format.timescale;
        const lasts = Number(/mediaPresentationDuration="PT([\d.]+)S"/.exec(text)?.[1]);
        expect(lasts).toBeCloseTo(Math.min(endSeconds, durationSeconds) - from, 3);
        for (const { attributes, segments } of read.playlists) {
          const track = timeline.tracks.find(({ format }) => format.id === attributes.NAME);
          if (track === undefined) throw new Error("an MPD has no more tracks than the clip");
          expect(segments.map(({ resolvedUri }) => resolvedUri)).toEqual(
            listSegments(track.fragments, g, true).map(
              ({ n }) => `https://sluice.test/p/P/s/S/1-${attributes.NAME}/${g}/${n}.m4s`,
            ),
          );
          expect(segments[0]?.presentationTime).toBeCloseTo(0, 6);
        }
      }),
    );
  });

  test("of a film that grows is a prefix of what it will be, and complete when its last fragment is there", () => {
    fc.assert(
      fc.property(anyCase, ({ film, g: own, limits }) => {
        const { clip, timeline: final } = clipped(film, limits, own);
        const printed = (timeline: Timeline) =>
          timeline.tracks.map((track) => printMedia(timeline, track, { g: clip.g }));
        let before: readonly string[] | null = null;
        for (const state of growthOf({ ...film, complete: false })) {
          const cut = offeredSlice(state, clip.slice);
          if ((cut.tracks[0]?.fragments.sync.length ?? 0) === 0) continue;
          const now = printed(cut);
          const isOver =
            clip.slice.toFragment !== null &&
            clip.slice.toFragment <= (state.tracks[0]?.fragments.sync.length ?? 0);
          expect(cut.complete).toBe(isOver);
          for (const [index, text] of (before ?? []).entries()) {
            const open = text.replace("TYPE:VOD", "TYPE:EVENT").replace("#EXT-X-ENDLIST\n", "");
            expect(now[index]?.replace("TYPE:VOD", "TYPE:EVENT").startsWith(open)).toBe(true);
          }
          before = now;
        }
        if (before !== null) {
          for (const [index, text] of printed(final).entries()) {
            const open = (before[index] ?? "")
              .replace("TYPE:VOD", "TYPE:EVENT")
              .replace("#EXT-X-ENDLIST\n", "");
            expect(text.replace("TYPE:VOD", "TYPE:EVENT").startsWith(open)).toBe(true);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("a clip of an uploaded file", () => {
  const fragmentSeconds = [4, 7, 4.5, 10, 5];
  const entries = fragmentSeconds.map((seconds) => ({
    ...{ durationTicks: seconds * 90_000, sizeBytes: 100, leadBytes: 0, sync: true },
  }));
  const fragments = fragmentsOf(0, 0, { kind: "page", pageOffsetBytes: 0, pageSizeBytes: 9 }, entries);
  const span = {
    ...{ gop: { ticks: 360_000, timescale: 90_000 }, durationSeconds: 30.5 },
    table: { fragments, timescale: 90_000 },
  };

  test("is widened to the fragments that hold its ends, whatever their lengths, and begins inside the first", () => {
    const seconds = fc.integer({ min: 0, max: 30_400 }).map((milliseconds) => milliseconds / 1000);
    fc.assert(
      fc.property(seconds, seconds, (a, b) => {
        const [startSeconds, endSeconds] = [Math.min(a, b), Math.max(a, b) + 0.1];
        const clip = clipOf({ startSeconds, endSeconds }, span, 1);
        if (!clip.ok) throw new Error(clip.reason);
        const { slice, startOffsetSeconds } = clip.value;
        const startOf = (index: number) =>
          fragmentSeconds.slice(0, index).reduce((sum, each) => sum + each, 0);
        const to = slice.toFragment ?? fragmentSeconds.length;
        expect(startOf(slice.fromFragment)).toBeLessThanOrEqual(startSeconds + 1e-5);
        expect(startOf(slice.fromFragment + 1)).toBeGreaterThan(startSeconds);
        expect(startOf(slice.fromFragment) + startOffsetSeconds).toBeCloseTo(startSeconds, 4);
        expect(startOf(to)).toBeGreaterThanOrEqual(Math.min(endSeconds, 30.5) - 1e-5);
        expect(startOf(to - 1)).toBeLessThan(endSeconds);
      }),
    );
  });
});
