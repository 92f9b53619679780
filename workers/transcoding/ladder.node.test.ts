import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { supportedRates } from "./frame-rate.ts";
import { h264Level } from "./h264-level.ts";
import { displaySize, firstRungOf, hurried, planLadder, type CodedPicture } from "./ladder.ts";
import { builtInProfiles, type EncodingProfile } from "./profile.ts";
import { partVbv } from "./vbv.ts";

const fps30 = { numerator: 30, denominator: 1 };
const sides = fc.integer({ min: 1, max: 8192 });
const sizes = fc.record({ width: sides, height: sides });
const rates = fc.constantFrom(...supportedRates);
const square = { numerator: 1, denominator: 1 };

const { standard, premium, mobile } = builtInProfiles;
const custom: fc.Arbitrary<EncodingProfile> = fc
  .record({
    sides: fc.uniqueArray(fc.integer({ min: 16, max: 1080 }), { minLength: 1, maxLength: 8 }),
    firstBps: fc.integer({ min: 100_000, max: 1_000_000 }),
    stepBps: fc.integer({ min: 50_000, max: 3_000_000 }),
    av1: fc.boolean(),
  })
  .map(({ sides, firstBps, stepBps, av1 }) => ({
    ...standard,
    av1,
    rungs: sides
      .toSorted((a, b) => a - b)
      .map((side, index) => ({ side: side * 2, maxBitrateBps: firstBps + index * stepBps })),
  }));
const profiles = fc.oneof(fc.constantFrom(standard, premium, mobile), custom);
const complexities = fc.option(
  fc.integer({ min: 1_000, max: 20_000_000 }).map((bitrateBps) => ({ bitrateBps, width: 640, height: 360 })),
  { nil: undefined },
);
const h264Of = <T extends { readonly codec: string }>(ladder: readonly T[]) =>
  ladder.filter(({ codec }) => codec === "h264");

const rungs = (width: number, height: number, profile: EncodingProfile = standard) =>
  planLadder({ width, height }, fps30, profile).map((rung) => `${rung.track} ${rung.width}x${rung.height}`);

describe("the ladder", () => {
  test("never upscales, has even sides, and tracks of their own, smallest first", () => {
    fc.assert(
      fc.property(sizes, rates, profiles, complexities, (size, rate, profile, complexity) => {
        const ladder = planLadder(size, rate, profile, complexity);
        expect(ladder.length).toBeGreaterThan(0);
        for (const rung of ladder) {
          expect([rung.width % 2, rung.height % 2]).toEqual([0, 0]);
          // One pixel is the exception: 4:2:0 has no odd sides.
          expect(rung.width).toBeLessThanOrEqual(Math.max(2, size.width));
          expect(rung.height).toBeLessThanOrEqual(Math.max(2, size.height));
          expect(rung.track).toMatch(rung.codec === "h264" ? /^v\d+$/ : /^x\d+$/);
        }
        expect(new Set(ladder.map((rung) => rung.track)).size).toBe(ladder.length);
        const avc = h264Of(ladder);
        expect(ladder.slice(0, avc.length)).toEqual(avc);
        for (const codec of [avc, ladder.slice(avc.length)]) {
          const areas = codec.map((rung) => rung.width * rung.height);
          expect(areas).toEqual(areas.toSorted((x, y) => x - y));
          const caps = codec.map((rung) => rung.maxBitrateBps);
          expect(caps).toEqual(caps.toSorted((x, y) => x - y));
        }
      }),
    );
  });

  test("of a film is a part of any film's, in the same order, with its top, and nowhere a higher cap", () => {
    fc.assert(
      fc.property(sizes, rates, profiles, complexities, (size, rate, profile, complexity) => {
        const any = planLadder(size, rate, profile);
        const own = planLadder(size, rate, profile, complexity);
        const tracks = own.map(({ track }) => track);
        expect(any.map(({ track }) => track).filter((track) => tracks.includes(track))).toEqual(tracks);
        expect(h264Of(own).at(-1)?.track).toBe(h264Of(any).at(-1)?.track);
        for (const rung of own) {
          const usual = any.find(({ track }) => track === rung.track);
          expect(rung.maxBitrateBps).toBeLessThanOrEqual(usual?.maxBitrateBps ?? 0);
          expect(rung.maxBitrateBps).toBeGreaterThanOrEqual(0.44 * (usual?.maxBitrateBps ?? 0) - 2_000);
        }
      }),
    );
  });

  test("keeps the shape of the picture within a pixel of rounding", () => {
    fc.assert(
      fc.property(
        fc.record({ width: fc.integer({ min: 64, max: 8192 }), height: fc.integer({ min: 64, max: 8192 }) }),
        (size) => {
          for (const rung of planLadder(size, fps30, standard)) {
            const factor = Math.min(rung.width / size.width, rung.height / size.height);
            expect(Math.abs(rung.width - size.width * factor)).toBeLessThanOrEqual(
              2 * Math.max(1, size.width / size.height),
            );
            expect(Math.abs(rung.height - size.height * factor)).toBeLessThanOrEqual(
              2 * Math.max(1, size.height / size.width),
            );
          }
        },
      ),
    );
  });

  test("of a turned picture is the turned ladder", () => {
    fc.assert(
      fc.property(sizes, rates, ({ width, height }, rate) => {
        const turned = planLadder({ width: height, height: width }, rate, standard).map((rung) => ({
          ...rung,
          width: rung.height,
          height: rung.width,
        }));
        expect(turned).toEqual(planLadder({ width, height }, rate, standard));
      }),
    );
  });

  test.each([
    [1920, 1080, ["v240 426x240", "v360 640x360", "v480 854x480", "v720 1280x720", "v1080 1920x1080"]],
    [3840, 2160, ["v240 426x240", "v360 640x360", "v480 854x480", "v720 1280x720", "v1080 1920x1080"]],
    [1080, 1920, ["v240 240x426", "v360 360x640", "v480 480x854", "v720 720x1280", "v1080 1080x1920"]],
    [1280, 720, ["v240 426x240", "v360 640x360", "v480 854x480", "v720 1280x720"]],
    // Nearly 720p: once, at its own size.
    [1276, 718, ["v240 426x240", "v360 640x360", "v480 854x480", "v718 1276x718"]],
    [1000, 1000, ["v240 240x240", "v360 360x360", "v480 480x480", "v720 720x720", "v1000 1000x1000"]],
    [321, 181, ["v181 320x180"]],
    [320, 240, ["v240 320x240"]],
    [360, 270, ["v270 360x270"]],
    // Three screens side by side: measured by the long side.
    [5760, 1080, ["v240 576x108", "v360 864x162", "v480 1152x216", "v720 1728x324", "v1080 2592x486"]],
    [1, 1, ["v1 2x2"]],
  ])("of %i x %i", (width, height, expected) => {
    expect(rungs(width, height)).toEqual(expected);
  });

  test("caps as the standard rungs do, and higher for twice the pictures", () => {
    const caps = (fps: number) =>
      planLadder({ width: 1920, height: 1080 }, { numerator: fps, denominator: 1 }, standard).map(
        (rung) => rung.maxBitrateBps,
      );
    expect(caps(25)).toEqual([400_000, 800_000, 1_400_000, 2_800_000, 5_000_000]);
    expect(caps(50)).toEqual(caps(25).map((bps) => bps * 1.5));
  });

  test.each([
    [premium, ["v240", "v360", "v480", "v720", "v1080", "v1440", "v2160", "x720", "x1080", "x1440", "x2160"]],
    [standard, ["v240", "v360", "v480", "v720", "v1080"]],
    [mobile, ["v240", "v360", "v480", "v720"]],
  ])("of 4K goes as far as its profile does", (profile, expected) => {
    const ladder = planLadder({ width: 3840, height: 2160 }, fps30, profile);
    expect(ladder.map(({ track }) => track)).toEqual(expected);
    if (profile === premium)
      expect(ladder.find(({ track }) => track === "v2160")).toMatchObject({ level: "5.1" });
  });

  const ofTrial = (bitrateBps: number) =>
    planLadder({ width: 1920, height: 1080 }, fps30, standard, { bitrateBps, width: 640, height: 360 }).map(
      ({ track, maxBitrateBps }) => `${track} ${maxBitrateBps}`,
    );

  test("of slides has no rung that who can play it need not play, and low caps", () => {
    expect(ofTrial(301_000)).toEqual(["v360 361000", "v720 1260000", "v1080 2250000"]);
  });

  test("of a film full of movement is that of any film", () => {
    expect(ofTrial(1_700_000)).toEqual([
      "v240 400000",
      "v360 800000",
      "v480 1400000",
      "v720 2800000",
      "v1080 5000000",
    ]);
  });

  test.each([
    ["fast", "veryfast", 1],
    ["balanced", "faster", 2],
    ["thorough", "medium", 3],
  ] as const)(
    "at effort %s is made with %s and %i references, in a hurry with as many",
    (effort, preset, references) => {
      const ladder = planLadder({ width: 1920, height: 1080 }, fps30, { ...standard, effort });
      for (const rung of ladder) expect(rung).toMatchObject({ preset, references });
      const first = firstRungOf(ladder);
      expect(first?.track).toBe("v360");
      expect(first && hurried(first)).toEqual({ ...first, preset: "superfast" });
    },
  );

  test("has AV1 from 720 lines on, at less than its H.264", () => {
    const ladder = planLadder({ width: 1920, height: 1080 }, fps30, { ...standard, av1: true });
    expect(ladder.filter(({ codec }) => codec === "av1")).toEqual([
      expect.objectContaining({ track: "x720", maxBitrateBps: 1_680_000, preset: "10", level: "" }),
      expect.objectContaining({ track: "x1080", maxBitrateBps: 3_000_000 }),
    ]);
  });
});

describe("the cap of a track", () => {
  /** The most that encoders with their own buffers can put into any span of parts that follow each other. */
  const most = (spanSeconds: number, fromSeconds: number, partSeconds: readonly number[], bps: number) => {
    const { maxBitrateBps, bufferBits, initialShare } = partVbv({ maxBitrateBps: bps });
    let bits = 0;
    let start = 0;
    for (const length of partSeconds) {
      const from = Math.max(start, fromSeconds);
      const to = Math.min(start + length, fromSeconds + spanSeconds);
      const buffered = from === start ? bufferBits * initialShare : bufferBits;
      if (to > from) bits += buffered + maxBitrateBps * (to - from);
      start += length;
    }
    return bits;
  };

  test("holds over any span, whatever parts it is made of", () => {
    const parts = fc
      .tuple(
        fc.array(fc.integer({ min: 6, max: 8 }), { minLength: 1, maxLength: 20, size: "max" }),
        fc.integer({ min: 1, max: 8 }),
      )
      .map(([lengths, last]) => [...lengths, last]);
    const seconds = fc.integer({ min: 0, max: 170_000 }).map((ms) => ms / 1000);
    fc.assert(
      fc.property(
        parts,
        seconds,
        seconds,
        fc.integer({ min: 100_000, max: 20_000_000 }),
        (lengths, from, span, bps) => {
          const [rung] = planLadder({ width: 640, height: 360 }, fps30, {
            ...standard,
            rungs: [{ side: 360, maxBitrateBps: bps }],
          });
          if (rung === undefined) throw new Error("no rung");
          const claimed = rung.maxBitrateBps * span + rung.bufferBits;
          expect(most(span, from, lengths, rung.maxBitrateBps)).toBeLessThanOrEqual(claimed + 1_000);
        },
      ),
    );
  });
});

describe("the size on screen", () => {
  const picture = (change: Partial<CodedPicture>): CodedPicture => ({
    width: 720,
    height: 576,
    sampleAspect: square,
    rotationDegrees: 0,
    ...change,
  });

  test("makes anamorphic pixels square and stands a phone's picture up", () => {
    const wide = { numerator: 64, denominator: 45 };
    expect(displaySize(picture({ sampleAspect: wide }))).toEqual({ width: 1024, height: 576 });
    expect(displaySize(picture({ sampleAspect: wide, rotationDegrees: 90 }))).toEqual({
      width: 576,
      height: 1024,
    });
    expect(displaySize(picture({ rotationDegrees: 270 }))).toEqual({ width: 576, height: 720 });
    expect(displaySize(picture({ rotationDegrees: 180 }))).toEqual({ width: 720, height: 576 });
  });

  test("does not believe a sample aspect that no camera has", () => {
    const sampleAspect = { numerator: 1_000_000, denominator: 1 };
    expect(displaySize(picture({ sampleAspect }))).toEqual({ width: 720, height: 576 });
  });
});

describe("the H.264 level", () => {
  test.each([
    [1920, 1080, 30, 5_000_000, "4.0"],
    [1920, 1080, 60, 7_500_000, "4.2"],
    [1280, 720, 30, 2_800_000, "3.1"],
    [1280, 720, 60, 4_200_000, "3.2"],
    [854, 480, 25, 1_400_000, "3.0"],
    [854, 480, 30, 1_400_000, "3.1"],
    [640, 360, 30, 800_000, "3.0"],
    // The bits decide: 1.2 would take the pictures.
    [320, 240, 15, 1_200_000, "2.0"],
    // One side too long for the area's level: Sqrt(MaxFS * 8).
    [1280, 32, 25, 300_000, "2.2"],
    // Four pictures must fit the decoder's buffer; 1.1 would take them one by one.
    [352, 288, 5, 150_000, "1.2"],
  ])("of %i x %i at %i is the lowest that allows it", (width, height, fps, maxBitrateBps, expected) => {
    const frameRate = { numerator: fps, denominator: 1 };
    expect(h264Level({ width, height, frameRate, maxBitrateBps, bufferBits: maxBitrateBps * 2 })).toBe(
      expected,
    );
  });
});
