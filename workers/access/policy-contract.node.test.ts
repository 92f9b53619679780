import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClaimReader } from "./claim-reader.ts";
import {
  limitsSetting,
  limitsSchema,
  restrictionsSetting,
  streamsSetting,
  toLimits,
  toStreams,
} from "./policy-contract.ts";
import { limitsOf, readLimits, readOrigins, readRules, readStreamLimit } from "./policy-reader.ts";
import { judgeRestrictions, type Restrictions } from "./restrictions.ts";

/** Values of which most are nearly right. */
const value = fc.oneof(
  fc.constantFrom(0, 1, 720, -1, 1.5, 65_535, 65_536, 1e7, 1e8, true, false, null, "", "ascending", "720"),
  fc.constantFrom("avc1", "de", "pt-BR", "x".repeat(40), "DE", "de ", "EU", "evictOldest"),
  fc.array(fc.constantFrom("avc1", "mp4a.40.2", "de", "no such", "DE", "EU", 7, null), { maxLength: 22 }),
);
const limits = fc.dictionary(
  fc.constantFrom(
    ...["maxHeight", "minHeight", "codecs", "order", "start", "end"],
    ...["audioLanguages", "defaultSubtitles", "audioOnly", "maxheight", "startSeconds"],
  ),
  value,
  { maxKeys: 4 },
);
const entry = fc.constantFrom("DE", "de", "T1", "EU", "10.0.0.0/8", "10.0.0", "::/0", 7, 64_496, -1, 2 ** 32);
const rule = fc.oneof(
  fc.dictionary(
    fc.constantFrom("action", "type", "countries", "continents", "ips", "asns", "x"),
    fc.oneof(
      fc.constantFrom("allow", "block", "any", "country", "continent", "ip", "asn", "deny"),
      fc.array(entry, { maxLength: 3 }),
    ),
  ),
  fc.record({ action: fc.constantFrom("allow", "block"), type: fc.constant("ip"), ips: fc.array(entry) }),
  fc.record({ action: fc.constant("allow"), type: fc.constant("country"), countries: fc.array(entry) }),
  fc.record({ action: fc.constant("block"), type: fc.constant("any") }),
  value,
);
const origins = fc.array(
  fc.constantFrom("a.example", "*.B.example:80", "bücher.example", "https://a", "", 7),
  {
    maxLength: 3,
  },
);

describe("settings and claims", () => {
  it("hold the same limits", () => {
    fc.assert(
      fc.property(limits, (given) => {
        const setting = limitsSetting.safeParse(given);
        const reader = new ClaimReader();
        const claim = readLimits(reader, { limits: given });
        expect(setting.success ? setting.data : null).toEqual(reader.fault === null ? claim : null);
      }),
      { numRuns: 5_000 },
    );
  });

  it("hold the same rules and pages", () => {
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 4 }),
        fc.option(origins, { nil: undefined }),
        fc.option(fc.constantFrom(true, false, 1), { nil: undefined }),
        (rules, allowedOrigins, allowNoOrigin) => {
          const given = {
            rules,
            ...(allowedOrigins && { allowedOrigins }),
            ...(allowNoOrigin !== undefined && { allowNoOrigin }),
          };
          const setting = restrictionsSetting.safeParse(given);
          const reader = new ClaimReader();
          const claim: Restrictions = { rules: readRules(reader, given) ?? [] };
          readOrigins(reader, given, "allowedOrigins");
          reader.flag(given, "allowNoOrigin");
          expect(setting.success).toBe(reader.fault === null);
          if (!setting.success) return;
          expect(setting.data.rules).toEqual(claim.rules);
          // What was let in never breaks the judge.
          judgeRestrictions(setting.data, {
            ip: null,
            country: null,
            continent: null,
            asn: null,
            pageHost: "a.example",
            isOurEmbed: false,
          });
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it("hold the same limits of streams", () => {
    const streams = fc.dictionary(fc.constantFrom("max", "action", "x"), fc.oneof(value, fc.nat(300)));
    fc.assert(
      fc.property(streams, (given) => {
        const setting = streamsSetting.safeParse(given);
        const reader = new ClaimReader();
        const claim = readStreamLimit(reader, { streams: given });
        expect(setting.success ? setting.data : null).toEqual(reader.fault === null ? claim : null);
      }),
      { numRuns: 2_000 },
    );
  });
});

it("shows limits and streams as they were set", () => {
  fc.assert(
    fc.property(limits, (given) => {
      const read = limitsOf(given);
      if (!read.ok) return;
      const shown = toLimits(read.value);
      expect(limitsSchema.safeParse(shown).success).toBe(true);
      expect(limitsOf(shown)).toEqual(read);
    }),
    { numRuns: 2_000 },
  );
  expect(toStreams({ maxStreams: 2, action: "refuseNewest" })).toEqual({ max: 2, action: "refuseNewest" });
});

it("keeps one spelling of languages and hosts", () => {
  expect(limitsSetting.parse({ audioLanguages: ["DE-at"], defaultSubtitles: "PT-br" })).toEqual({
    audioLanguages: ["de-AT"],
    defaultSubtitles: "pt-BR",
  });
  expect(restrictionsSetting.parse({ allowedOrigins: ["*.Bücher.Example:443"] })).toEqual({
    allowedOrigins: ["*.xn--bcher-kva.example"],
  });
});

it("names the place of a fault that only two values together make", () => {
  const path = (given: unknown) =>
    limitsSetting.safeParse(given).error?.issues.map((issue) => issue.path.join("."));
  expect(path({ start: 9, end: 9 })).toEqual(["end"]);
  expect(path({ minHeight: 721, maxHeight: 720 })).toEqual(["minHeight"]);
});
