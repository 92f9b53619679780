import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildTimeline, growthOf } from "#workers/testing/build-timeline.ts";
import { slice, window } from "#workers/timeline/edit.ts";
import { endTicks } from "#workers/timeline/segments.ts";
import type { SegmentFragments, Timeline, Track } from "#workers/timeline/timeline.ts";
import audioGolden from "../golden/audio.m3u8?raw";
import iFramesGolden from "../golden/iframes.m3u8?raw";
import { film } from "../golden/timelines.ts";
import growingGolden from "../golden/video-growing.m3u8?raw";
import sliceGolden from "../golden/video-slice.m3u8?raw";
import videoGolden from "../golden/video.m3u8?raw";
import { hasIFrames, printIFrames } from "./iframes.ts";
import { printMedia } from "./media.ts";

const growing: Timeline = { ...slice(film, 0, 5), complete: false };
const anyG = fc.constantFrom<SegmentFragments>(1, 2, 3);
const anyRate = fc.constantFrom(
  { numerator: 24000, denominator: 1001 },
  { numerator: 25, denominator: 1 },
  { numerator: 30000, denominator: 1001 },
  { numerator: 60, denominator: 1 },
  { numerator: 12, denominator: 1 },
  { numerator: 5, denominator: 4 },
  { numerator: 1, denominator: 1 },
);
const anyFilm = fc
  .record({
    frameRate: anyRate,
    seconds: fc.double({ min: 0.05, max: 100, noNaN: true }),
    sampleRateHz: fc.constantFrom(8000, 44_100, 48_000),
  })
  .map(({ frameRate, seconds, sampleRateHz }) =>
    buildTimeline({
      frameRate,
      frameCount: Math.max(1, Math.round((seconds * frameRate.numerator) / frameRate.denominator)),
      heights: [240, 480],
      audio: [{ sampleRateHz }],
    }),
  );

function trackOf(timeline: Timeline, id: string): Track {
  const track = timeline.tracks.find(({ format }) => format.id === id);
  if (track === undefined) throw new Error(`no track ${id}`);
  return track;
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").slice(0, -1);
}

function numbers(text: string, pattern: RegExp): readonly number[] {
  return [...text.matchAll(pattern)].map((match) => Number(match[1]));
}

describe("golden files", () => {
  const media = (timeline: Timeline, id: string) => printMedia(timeline, trackOf(timeline, id), { g: 2 });

  test("a finished picture", () => expect(media(film, "v720")).toBe(videoGolden));
  test("finished sound", () => expect(media(film, "a0")).toBe(audioGolden));
  test("a growing picture", () => expect(media(growing, "v720")).toBe(growingGolden));
  test("a slice", () => expect(media(slice(film, 2, 6), "v720")).toBe(sliceGolden));
  test("key frames", () => expect(printIFrames(film, trackOf(film, "v720"))).toBe(iFramesGolden));
});

describe("RFC 8216bis, media playlists", () => {
  test("4.4.3.1: no EXTINF rounds to more than TARGETDURATION, in any track, grouping or frame rate", () => {
    fc.assert(
      fc.property(anyFilm, anyG, (timeline, g) => {
        for (const track of timeline.tracks) {
          const text = printMedia(timeline, track, { g });
          const [target = 0] = numbers(text, /TARGETDURATION:(\d+)/g);
          expect(target).toBeGreaterThanOrEqual(1);
          for (const seconds of numbers(text, /EXTINF:([\d.]+)/g)) {
            expect(Math.round(seconds)).toBeLessThanOrEqual(target);
          }
        }
      }),
    );
  });

  test("4.4.3.1: TARGETDURATION leaves room for sound that is cut a frame after the picture", () => {
    // GOPs of 2.4 s, and 20 frames of 128 ms in the first segment of sound: 2.56 s.
    const slow = buildTimeline({
      frameRate: { numerator: 5, denominator: 4 },
      frameCount: 30,
      audio: [{ sampleRateHz: 8000 }],
    });
    const text = printMedia(slow, trackOf(slow, "a0"), { g: 1 });
    expect(text).toContain("#EXTINF:2.560,\n1/0.m4s\n");
    expect(text).toContain("#EXT-X-TARGETDURATION:3\n");
  });

  test("4.4.3.1: TARGETDURATION is at least 1", () => {
    const tiny = { ...film, gop: { ticks: 9000, timescale: 90_000 } };
    expect(printMedia(tiny, trackOf(tiny, "v720"), { g: 1 })).toContain("#EXT-X-TARGETDURATION:1\n");
  });

  test("6.2.4: TARGETDURATION and PLAYLIST-TYPE are equal in all variants", () => {
    fc.assert(
      fc.property(anyFilm, anyG, (timeline, g) => {
        const heads = timeline.tracks.map((track) => linesOf(printMedia(timeline, track, { g })).slice(0, 6));
        for (const head of heads) expect(head).toEqual(heads[0]);
      }),
    );
  });

  test("4.4.1.2: protocol version 6, for a MAP outside an I-frame playlist, and no higher", () => {
    expect(linesOf(videoGolden)[1]).toBe("#EXT-X-VERSION:6");
  });

  test("4.4.3: each media playlist tag appears once, before the first segment", () => {
    const before = videoGolden.slice(0, videoGolden.indexOf("#EXTINF"));
    for (const tag of ["VERSION", "TARGETDURATION", "MEDIA-SEQUENCE", "PLAYLIST-TYPE", "MAP"]) {
      expect(before.split(`#EXT-X-${tag}:`)).toHaveLength(2);
      expect(videoGolden.split(`#EXT-X-${tag}:`)).toHaveLength(2);
    }
  });

  test("6.2.1: a growing print is the one before it with lines appended, and nothing else", () => {
    fc.assert(
      fc.property(anyFilm, anyG, (timeline, g) => {
        const states = growthOf({ ...timeline, complete: false });
        for (const index of timeline.tracks.keys()) {
          const prints = states.map((state) => {
            const track = state.tracks[index];
            if (track === undefined) throw new Error("growth keeps its tracks");
            return [printMedia(state, track, { g }), printIFrames(state, track)] as const;
          });
          for (const [at, [media, iFrames]] of prints.entries()) {
            const next = prints[at + 1];
            if (next === undefined) continue;
            expect(next[0].startsWith(media)).toBe(true);
            expect(next[1].startsWith(iFrames)).toBe(true);
            expect(media).not.toContain("ENDLIST");
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("6.2.1: the seal keeps every line that was printed, save the playlist's type, and adds ENDLIST", () => {
    fc.assert(
      fc.property(anyFilm, anyG, (timeline, g) => {
        const last = growthOf({ ...timeline, complete: false }).at(-1);
        if (last === undefined) throw new Error("a film has chunks");
        for (const [index, track] of timeline.tracks.entries()) {
          const before = printMedia(last, last.tracks[index] ?? track, { g });
          const sealed = printMedia(timeline, track, { g });
          expect(sealed.startsWith(before.replace("TYPE:EVENT", "TYPE:VOD"))).toBe(true);
          expect(sealed.endsWith("#EXT-X-ENDLIST\n")).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("a growing playlist ends at a whole group, and the seal lists the short tail", () => {
    expect(numbers(growingGolden, /^2\/(\d+)\.m4s$/gm)).toEqual([0, 1]);
    const sealed = { ...slice(film, 0, 5), complete: true };
    const text = printMedia(sealed, trackOf(sealed, "v720"), { g: 2 });
    expect(numbers(text, /^2\/(\d+)\.m4s$/gm)).toEqual([0, 1, 2]);
    expect(numbers(text, /EXTINF:([\d.]+)/g)).toEqual([4, 4, 2]);
  });

  test("4.4.3.2: MEDIA-SEQUENCE of a slice or window is the number in its first name", () => {
    const cut = window({ ...film, complete: false }, 3);
    const text = printMedia(cut, trackOf(cut, "v360"), { g: 1 });
    expect(text).toContain("#EXT-X-MEDIA-SEQUENCE:4\n");
    expect(numbers(text, /^1\/(\d+)\.m4s$/gm)).toEqual([4, 5, 6]);
  });

  test("the sum of EXTINF stays within a frame of the track after a day", () => {
    const frameRate = { numerator: 30000, denominator: 1001 };
    const day = buildTimeline({ frameRate, frameCount: Math.floor(86_400 * 29.97) });
    for (const track of day.tracks) {
      const printed = numbers(printMedia(day, track, { g: 2 }), /EXTINF:([\d.]+)/g);
      const sum = printed.reduce((total, seconds) => total + seconds, 0);
      expect(Math.abs(sum - endTicks(track.fragments) / track.format.timescale)).toBeLessThan(1 / 30);
    }
  });
});

describe("RFC 8216bis, I-frame playlists", () => {
  test("4.4.1.2: protocol version 5, for a MAP in an I-frame playlist, and no higher", () => {
    expect(linesOf(iFramesGolden)[1]).toBe("#EXT-X-VERSION:5");
  });

  test("4.4.3.6: every EXTINF is the time to the next I frame, and they sum to the track", () => {
    fc.assert(
      fc.property(anyFilm, (timeline) => {
        const track = trackOf(timeline, "v240");
        const printed = numbers(printIFrames(timeline, track), /EXTINF:([\d.]+)/g);
        const sum = printed.reduce((total, seconds) => total + seconds, 0);
        expect(sum).toBeCloseTo(endTicks(track.fragments) / track.format.timescale, 3);
      }),
    );
  });

  test("a fragment without a key frame lengthens the one before it", () => {
    const track = trackOf(film, "v720");
    const open = { ...track, fragments: { ...track.fragments, sync: Uint8Array.of(1, 0, 1, 1, 1, 1, 1) } };
    const text = printIFrames(film, open);
    expect(numbers(text, /EXTINF:([\d.]+)/g)).toEqual([4, 2, 2, 2, 2, 1]);
    expect(numbers(text, /^1\/(\d+)\.m4s$/gm)).toEqual([0, 2, 3, 4, 5, 6]);
  });

  test("while a film grows the last key frame waits for the next one", () => {
    const text = printIFrames(growing, trackOf(growing, "v720"));
    expect(numbers(text, /^1\/(\d+)\.m4s$/gm)).toEqual([0, 1, 2, 3]);
  });

  test("only a picture whose key frames are measured has one", () => {
    expect(hasIFrames(trackOf(film, "v720"))).toBe(true);
    expect(hasIFrames(trackOf(film, "a0"))).toBe(false);
    const track = trackOf(film, "v720");
    const unmeasured = { ...track, fragments: { ...track.fragments, leadBytes: new Uint32Array(7) } };
    expect(hasIFrames(unmeasured)).toBe(false);
  });
});
