// Whatever profile the API lets in, a ladder can be planned by it.
import fc from "fast-check";
import { expect, it } from "vitest";
import { maxTracks } from "#workers/playback/session.ts";
import { predictedFormats } from "./predicted-formats.ts";
import { newProfileSchema } from "./profile-contract.ts";
import { builtInProfiles } from "./profile.ts";

const rungs = fc
  .uniqueArray(fc.integer({ min: 72, max: 1080 }), { minLength: 1, maxLength: 8 })
  .chain((halves) =>
    fc
      .uniqueArray(fc.integer({ min: 100_000, max: 40_000_000 }), {
        minLength: halves.length,
        maxLength: halves.length,
      })
      .map((rates) => {
        const ascending = rates.toSorted((a, b) => a - b);
        return halves
          .toSorted((a, b) => a - b)
          .map((half, at) => ({ side: 2 * half, maxBitrateBps: ascending[at] ?? 0 }));
      }),
  );
const asked = fc.record({
  name: fc.constant("x"),
  rungs,
  effort: fc.constantFrom("fast", "balanced", "thorough"),
  crf: fc.integer({ min: 16, max: 32 }),
  maxFrameRate: fc.integer({ min: 24, max: 60 }),
  av1: fc.boolean(),
  opus: fc.boolean(),
});
const size = fc.record({
  width: fc.integer({ min: 2, max: 4_096 }),
  height: fc.integer({ min: 2, max: 4_096 }),
});
const sounds = fc.array(
  fc.record({ channels: fc.integer({ min: 1, max: 8 }), language: fc.constantFrom("en", "de", "fr", "und") }),
  { maxLength: 6 },
);

it("every profile that is let in makes a ladder of any film, with tracks of their own names", () => {
  fc.assert(
    fc.property(asked, size, sounds, (body, picture, sound) => {
      const { name: _, ...profile } = newProfileSchema.parse(body);
      const formats = predictedFormats(picture, { numerator: 50, denominator: 1 }, profile, sound);
      const ids = formats.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBeLessThanOrEqual(maxTracks);
      const videos = formats.filter((format) => format.kind === "video");
      expect(videos.length).toBeGreaterThan(0);
      for (const { width, height } of videos) {
        expect([width % 2, height % 2]).toEqual([0, 0]);
      }
    }),
  );
});

it("the built-in profiles keep the rules that others have to keep", () => {
  for (const [name, profile] of Object.entries(builtInProfiles)) {
    expect(newProfileSchema.parse({ name, ...profile })).toEqual({ name, ...profile });
  }
});
