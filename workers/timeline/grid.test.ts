import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildTimeline } from "#workers/testing/build-timeline.ts";
import {
  audioEdgeFrames,
  countFragments,
  fragmentEdges,
  gopFrames,
  planChunks,
  ticksPerFrame,
  timescaleOf,
} from "./grid.ts";
import { endTicks } from "./segments.ts";

const rates = {
  "23.976": { numerator: 24000, denominator: 1001 },
  "25": { numerator: 25, denominator: 1 },
  "29.97": { numerator: 30000, denominator: 1001 },
  "30": { numerator: 30, denominator: 1 },
  "60": { numerator: 60, denominator: 1 },
};
const anyRate = fc.oneof(
  fc.constantFrom(
    ...Object.values(rates),
    { numerator: 120, denominator: 1 },
    { numerator: 25, denominator: 2 },
  ),
  fc.record({ numerator: fc.integer({ min: 1, max: 120 }), denominator: fc.constant(1) }),
);

describe("rates", () => {
  test.each([
    ["23.976", 48, 24000, 1001],
    ["25", 50, 90000, 3600],
    ["29.97", 60, 30000, 1001],
    ["30", 60, 90000, 3000],
    ["60", 120, 90000, 1500],
  ] as const)("%s fps has GOPs of two seconds and whole ticks per frame", (name, gop, timescale, ticks) => {
    expect([gopFrames(rates[name]), timescaleOf(rates[name]), ticksPerFrame(rates[name])]).toEqual([
      gop,
      timescale,
      ticks,
    ]);
  });

  test("any rate has at least one frame in a GOP and whole ticks in a frame", () => {
    fc.assert(
      fc.property(anyRate, (rate) => {
        expect(gopFrames(rate)).toBeGreaterThanOrEqual(1);
        expect(Number.isInteger(ticksPerFrame(rate))).toBe(true);
        expect(ticksPerFrame(rate) * rate.numerator).toBe(timescaleOf(rate) * rate.denominator);
      }),
    );
  });

  test("a rate below one frame in two seconds still has a GOP of one frame", () => {
    expect(gopFrames({ numerator: 1, denominator: 10 })).toBe(1);
  });
});

describe("chunks", () => {
  const sizes = (frames: number) => planChunks(frames, 60).map(({ fragmentCount }) => fragmentCount);

  test("the first chunk has 6 GOPs, the others 12, the last what is left", () => {
    expect(sizes(60 * 33)).toEqual([6, 12, 12, 3]);
  });

  test("a tail shorter than one GOP joins the chunk before it as a short last fragment", () => {
    expect(sizes(60 * 6 + 1)).toEqual([7]);
    expect(sizes(60 * 18 + 59)).toEqual([6, 13]);
    expect(planChunks(60 * 18 + 59, 60)[1]).toEqual({
      chunk: 1,
      firstFrame: 360,
      frameCount: 779,
      firstFragment: 6,
      fragmentCount: 13,
    });
  });

  test("a tail of one GOP or more is a chunk of its own", () => {
    expect(sizes(60 * 7)).toEqual([6, 1]);
    expect(sizes(60 * 7 + 1)).toEqual([6, 2]);
  });

  test("a video shorter than one GOP is one chunk of one fragment", () => {
    expect(sizes(1)).toEqual([1]);
  });

  test("chunks cover all frames and fragments once, and start where 1, 2 and 3 fragments all divide", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50_000 }), fc.integer({ min: 1, max: 240 }), (frames, gop) => {
        let frame = 0;
        let fragment = 0;
        for (const chunk of planChunks(frames, gop)) {
          expect([chunk.firstFrame, chunk.firstFragment]).toEqual([frame, fragment]);
          expect(chunk.firstFragment % 6).toBe(0);
          expect(chunk.fragmentCount).toBe(countFragments(chunk.frameCount, gop));
          frame += chunk.frameCount;
          fragment += chunk.fragmentCount;
        }
        expect([frame, fragment]).toEqual([frames, countFragments(frames, gop)]);
      }),
    );
  });
});

describe("audio edges", () => {
  const anyAudio = fc.record({
    sampleRateHz: fc.constantFrom(8000, 22_050, 44_100, 48_000),
    samplesPerFrame: fc.constant(1024),
    primingSamples: fc.constantFrom(0, 1024, 2112),
  });

  test("audio has as many fragments as video, none of them empty, at every rate and length", () => {
    fc.assert(
      fc.property(anyRate, fc.integer({ min: 1, max: 20_000 }), anyAudio, (rate, frames, audio) => {
        const video = fragmentEdges(frames, gopFrames(rate));
        const edges = audioEdgeFrames(video, rate, audio);
        expect(edges).toHaveLength(video.length);
        expect(edges[0]).toBe(0);
        for (let index = 1; index < edges.length; index++) {
          expect(edges[index]).toBeGreaterThan(edges[index - 1] ?? 0);
        }
      }),
    );
  });

  test("an edge is heard within half an audio frame of where the picture is cut, and never drifts", () => {
    const rate = rates["23.976"];
    const audio = { sampleRateHz: 48_000, samplesPerFrame: 1024, primingSamples: 1024 };
    const video = fragmentEdges(24 * 3600 * 24, 48);
    const edges = audioEdgeFrames(video, rate, audio);
    for (let index = 1; index < edges.length - 1; index++) {
      const heard = ((edges[index] ?? 0) * 1024 - 1024) / 48_000;
      const cut = ((video[index] ?? 0) * 1001) / 24_000;
      expect(Math.abs(heard - cut)).toBeLessThanOrEqual(512 / 48_000 + 1e-9);
    }
  });

  test("the last edge covers the end of the picture", () => {
    const edges = audioEdgeFrames([0, 60, 90], rates["30"], {
      sampleRateHz: 48_000,
      samplesPerFrame: 1024,
      primingSamples: 1024,
    });
    // 3 s and the priming are 145,024 samples: 141.6 frames.
    expect(edges).toEqual([0, 95, 142]);
  });

  test("a tail shorter than an audio frame still gets one", () => {
    const edges = audioEdgeFrames(
      [0, 240, 241],
      { numerator: 120, denominator: 1 },
      {
        sampleRateHz: 8000,
        samplesPerFrame: 1024,
        primingSamples: 0,
      },
    );
    expect(edges).toEqual([0, 15, 16]);
  });
});

describe("a whole day", () => {
  test.each(Object.entries(rates))("at %s fps sums to the exact tick in every track", (_name, frameRate) => {
    const frameCount = Math.floor((86_400 * frameRate.numerator) / frameRate.denominator);
    const timeline = buildTimeline({ frameRate, frameCount, heights: [240, 720] });
    const counts = new Set(timeline.tracks.map(({ fragments }) => fragments.sync.length));
    expect([...counts]).toEqual([countFragments(frameCount, gopFrames(frameRate))]);
    for (const { format, fragments } of timeline.tracks) {
      if (format.kind === "video") {
        expect(endTicks(fragments)).toBe(frameCount * ticksPerFrame(frameRate));
      } else {
        const samples = (frameCount * frameRate.denominator * 48_000) / frameRate.numerator;
        expect(endTicks(fragments)).toBe(Math.ceil((samples + 1024) / 1024) * 1024);
      }
    }
  });
});
