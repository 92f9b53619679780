import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { narrow } from "#workers/playback/modifiers-narrow.ts";
import type { Limits } from "./limits.ts";
import { isTighter, isTighterLimits, type PlaybackTerms } from "./policy-tightening.ts";
import type { AccessRule } from "./restrictions.ts";

const open: PlaybackTerms = { policy: "public", restrictions: {}, limits: {}, streamLimit: null };
const tighter = (before: Partial<PlaybackTerms>, after: Partial<PlaybackTerms>) =>
  isTighter({ ...open, ...before }, { ...open, ...after });

const germany: AccessRule = { action: "allow", type: "country", countries: ["DE"] };
const two = { maxStreams: 2, action: "evictOldest" } as const;

const tightenings: readonly [string, Partial<PlaybackTerms>, Partial<PlaybackTerms>][] = [
  ["a token is needed now", {}, { policy: "signed" }],
  ["keys are needed now", { policy: "signed" }, { policy: "drm" }],
  ["rules where there were none", {}, { restrictions: { rules: [germany] } }],
  ["pages where any would do", {}, { restrictions: { allowedOrigins: ["a.example"] } }],
  [
    "a page less",
    { restrictions: { allowedOrigins: ["a.example", "b.example"] } },
    { restrictions: { allowedOrigins: ["a.example"] } },
  ],
  [
    "a page must be named",
    { restrictions: { allowedOrigins: ["a.example"] } },
    { restrictions: { allowedOrigins: ["a.example"], allowNoOrigin: false } },
  ],
  ["a lower cap", { limits: { maxHeight: 1080 } }, { limits: { maxHeight: 720 } }],
  ["a cap", {}, { limits: { maxHeight: 720 } }],
  ["a higher floor", {}, { limits: { minHeight: 360 } }],
  ["a later start", {}, { limits: { startSeconds: 10 } }],
  ["an earlier end", { limits: { endSeconds: 20 } }, { limits: { endSeconds: 19 } }],
  ["no picture", { limits: { audioOnly: false } }, { limits: { audioOnly: true } }],
  ["a codec less", { limits: { codecs: ["avc1", "hvc1"] } }, { limits: { codecs: ["avc1"] } }],
  ["a kind of codec more", { limits: { codecs: ["avc1"] } }, { limits: { codecs: ["avc1", "mp4a"] } }],
  ["other languages", { limits: { audioLanguages: ["de"] } }, { limits: { audioLanguages: ["fr"] } }],
  ["a narrower language", { limits: { audioLanguages: ["pt"] } }, { limits: { audioLanguages: ["pt-BR"] } }],
  ["fewer streams", { streamLimit: { ...two, maxStreams: 3 } }, { streamLimit: two }],
  ["a limit of streams", {}, { streamLimit: two }],
];

describe("a change takes something away:", () => {
  it.each(tightenings)("%s", (_, before, after) => {
    expect(tighter(before, after)).toBe(true);
  });
});

describe("a change takes nothing away:", () => {
  const reversible = tightenings.filter(([name]) => !["other languages"].includes(name));
  it.each(reversible)("the reverse of %s", (_, before, after) => {
    expect(tighter(after, before)).toBe(false);
  });

  it.each<readonly [string, Partial<PlaybackTerms>, Partial<PlaybackTerms>]>([
    ["a wish", {}, { limits: { order: "descending", defaultSubtitles: "de" } }],
    [
      "the order of languages",
      { limits: { audioLanguages: ["de", "fr"] } },
      { limits: { audioLanguages: ["fr", "de"] } },
    ],
    ["the spelling of a codec", { limits: { codecs: ["fLaC"] } }, { limits: { codecs: ["flac"] } }],
    ["what happens at the limit", { streamLimit: two }, { streamLimit: { ...two, action: "refuseNewest" } }],
    ["a page without which none is needed", {}, { restrictions: { allowNoOrigin: false } }],
  ])("%s", (_, before, after) => {
    expect(tighter(before, after)).toBe(false);
  });

  it("nothing at all", () => {
    fc.assert(
      fc.property(fc.constantFrom(...tightenings), ([, before, after]) => {
        expect([tighter(before, before), tighter(after, after)]).toEqual([false, false]);
      }),
    );
  });
});

it("is told exactly when both limits together allow less than the first did", () => {
  const codecs = fc.subarray(["avc1", "hvc1", "av01", "mp4a", "opus"], { minLength: 1 });
  const limits: fc.Arbitrary<Limits> = fc.record(
    {
      maxHeight: fc.constantFrom(360, 720, 1080),
      minHeight: fc.constantFrom(240, 360),
      startSeconds: fc.nat(3),
      endSeconds: fc.integer({ min: 4, max: 8 }),
      codecs,
      audioOnly: fc.boolean(),
    },
    { requiredKeys: [] },
  );
  const allowed = (set: Limits) => {
    const { codecs: names, audioOnly, startSeconds, minHeight, ...rest } = set;
    const sorted = names === undefined ? {} : { codecs: names.toSorted() };
    return {
      ...rest,
      ...sorted,
      audioOnly: audioOnly ?? false,
      start: startSeconds ?? 0,
      min: minHeight ?? 0,
    };
  };
  fc.assert(
    fc.property(limits, limits, (before, after) => {
      const less = !isDeepStrictEqual(allowed(narrow(before, after)), allowed(before));
      expect(isTighterLimits(before, after)).toBe(less);
    }),
    { numRuns: 2_000 },
  );
});
