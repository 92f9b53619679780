import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { supportedRates } from "./frame-rate.ts";
import { h264Level } from "./h264-level.ts";
import { displaySize, planLadder, type CodedPicture } from "./ladder.ts";

const fps30 = { numerator: 30, denominator: 1 };
const sides = fc.integer({ min: 1, max: 8192 });
const sizes = fc.record({ width: sides, height: sides });
const rates = fc.constantFrom(...supportedRates);
const square = { numerator: 1, denominator: 1 };

const rungs = (width: number, height: number) =>
  planLadder({ width, height }, fps30).map((rung) => `${rung.track} ${rung.width}x${rung.height}`);

describe("the ladder", () => {
  test("never upscales, has even sides, and tracks of their own, smallest first", () => {
    fc.assert(
      fc.property(sizes, rates, (size, rate) => {
        const ladder = planLadder(size, rate);
        expect(ladder.length).toBeGreaterThan(0);
        for (const rung of ladder) {
          expect([rung.width % 2, rung.height % 2]).toEqual([0, 0]);
          // One pixel is the exception: 4:2:0 has no odd sides.
          expect(rung.width).toBeLessThanOrEqual(Math.max(2, size.width));
          expect(rung.height).toBeLessThanOrEqual(Math.max(2, size.height));
          expect(rung.track).toMatch(/^v\d+$/);
        }
        expect(new Set(ladder.map((rung) => rung.track)).size).toBe(ladder.length);
        const areas = ladder.map((rung) => rung.width * rung.height);
        expect(areas).toEqual([...areas].sort((a, b) => a - b));
        const caps = ladder.map((rung) => rung.maxBitrateBps);
        expect(new Set(caps).size).toBe(caps.length);
        expect(caps).toEqual([...caps].sort((a, b) => a - b));
      }),
    );
  });

  test("keeps the shape of the picture within a pixel of rounding", () => {
    fc.assert(
      fc.property(
        fc.record({ width: fc.integer({ min: 64, max: 8192 }), height: fc.integer({ min: 64, max: 8192 }) }),
        (size) => {
          for (const rung of planLadder(size, fps30)) {
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
        const turned = planLadder({ width: height, height: width }, rate).map((rung) => ({
          ...rung,
          width: rung.height,
          height: rung.width,
        }));
        expect(turned).toEqual(planLadder({ width, height }, rate));
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
      planLadder({ width: 1920, height: 1080 }, { numerator: fps, denominator: 1 }).map(
        (rung) => rung.maxBitrateBps,
      );
    expect(caps(25)).toEqual([400_000, 800_000, 1_400_000, 2_800_000, 5_000_000]);
    expect(caps(50)).toEqual(caps(25).map((bps) => bps * 1.5));
    for (const rung of planLadder({ width: 1920, height: 1080 }, fps30)) {
      expect(rung.bufferBits).toBe(rung.maxBitrateBps * 2);
    }
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
