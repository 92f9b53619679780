import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renditionOrders } from "./limits.ts";
import { audiences, readClaims } from "./playback-claims.ts";
import { maxEntries, maxRules } from "./policy-reader.ts";
import { maxStreams, streamLimitActions } from "./policy.ts";

const minimal = { sub: "AAAAAAAAAAAAAAAAAAAAAA", aud: "video", exp: 1_800_000_000 };
const faultOf = (claims: object) => {
  const read = readClaims({ ...minimal, ...claims });
  return read.ok ? null : read.reason;
};

const host = fc.constantFrom("app.example.com", "*.example.com", "localhost:5173", "a", "1.2.3.4");
const ip = fc.constantFrom("203.0.113.7", "203.0.113.0/24", "2001:db8::1", "2001:db8::/32");
const language = fc.constantFrom("de", "en-US", "pt-BR", "zh-Hant-TW");
const some = <T>(entry: fc.Arbitrary<T>, maxLength: number) => fc.array(entry, { minLength: 1, maxLength });
const action = fc.constantFrom("allow" as const, "block" as const);
const rule = fc.oneof(
  fc.record({ action, type: fc.constant("any" as const) }),
  fc.record({
    action,
    type: fc.constant("country" as const),
    countries: some(fc.constantFrom("DE", "T1", "XX"), maxEntries),
  }),
  fc.record({
    action,
    type: fc.constant("continent" as const),
    continents: some(fc.constantFrom("EU", "NA"), 7),
  }),
  fc.record({ action, type: fc.constant("ip" as const), ips: some(ip, maxEntries) }),
  fc.record({
    action,
    type: fc.constant("asn" as const),
    asns: some(fc.integer({ min: 0, max: 4_294_967_295 }), maxEntries),
  }),
);
const pixels = { min: 1, max: 65_535 };
const limits = fc
  .record(
    {
      heights: fc.tuple(fc.integer(pixels), fc.integer(pixels)),
      codecs: some(fc.constantFrom("avc1", "hvc1", "ec-3"), 20),
      order: fc.constantFrom(...renditionOrders),
      span: fc.tuple(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 1_001, max: 2_000 })),
      audioLanguages: some(language, 20),
      defaultSubtitles: language,
      audioOnly: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  .map(({ heights, span, ...rest }) => ({
    ...rest,
    ...(heights === undefined ? {} : { minHeight: Math.min(...heights), maxHeight: Math.max(...heights) }),
    ...(span === undefined ? {} : { start: span[0], end: span[1] }),
  }));
const id = fc.string({ minLength: 1, maxLength: 128 });
const times = fc.integer({ min: 0, max: 253_402_300_799 });

const payload = fc.record(
  {
    sub: fc.string({ minLength: 1, maxLength: 64 }),
    aud: fc.oneof(fc.constantFrom(...audiences), fc.subarray([...audiences], { minLength: 1 })),
    exp: times,
    nbf: times,
    iat: times,
    jti: id,
    viewer: id,
    limits,
    rules: some(rule, maxRules),
    origins: some(host, maxEntries),
    allowNoOrigin: fc.boolean(),
    ip,
    streams: fc.record(
      { max: fc.integer({ min: 1, max: maxStreams }), action: fc.constantFrom(...streamLimitActions) },
      { requiredKeys: ["max"] },
    ),
  },
  { requiredKeys: ["sub", "aud", "exp"] },
);

describe("claims", () => {
  it("are read as they were signed", () => {
    fc.assert(
      fc.property(payload, (signed) => {
        const read = readClaims(JSON.parse(JSON.stringify(signed)));
        const { start, end, ...rest } = signed.limits ?? {};
        expect(read).toEqual({
          ok: true,
          value: {
            playbackId: signed.sub,
            audiences: [signed.aud].flat(),
            expiresAtMs: signed.exp * 1_000,
            notBeforeMs: signed.nbf === undefined ? null : signed.nbf * 1_000,
            issuedAtMs: signed.iat === undefined ? null : signed.iat * 1_000,
            tokenId: signed.jti ?? null,
            viewerId: signed.viewer ?? null,
            limits: {
              ...rest,
              ...(start === undefined ? {} : { startSeconds: start }),
              ...(end === undefined ? {} : { endSeconds: end }),
            },
            restrictions: {
              ...(signed.rules === undefined ? {} : { rules: signed.rules }),
              ...(signed.origins === undefined ? {} : { allowedOrigins: signed.origins }),
              ...(signed.allowNoOrigin === undefined ? {} : { allowNoOrigin: signed.allowNoOrigin }),
            },
            boundTo: signed.ip ?? null,
            streamLimit:
              signed.streams === undefined
                ? null
                : { maxStreams: signed.streams.max, action: signed.streams.action ?? "evictOldest" },
          },
        });
      }),
    );
  });

  it("never throw, whatever is signed, and name one claim", () => {
    const names = [
      "sub",
      "aud",
      "exp",
      "nbf",
      "iat",
      "jti",
      "viewer",
      "limits",
      "rules",
      "origins",
      "ip",
      "streams",
    ];
    const anything = fc.record(Object.fromEntries(names.map((name) => [name, fc.jsonValue()])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(fc.oneof(anything, fc.jsonValue()), (signed) => {
        const read = readClaims(signed);
        if (!read.ok) expect(read.reason).toMatch(/^[a-zA-Z]/);
      }),
    );
  });

  it("that nobody here knows are ignored", () => {
    expect(faultOf({ iss: "x", plan: { gold: true }, constructor: 1, toString: 2 })).toBeNull();
  });

  it("keep languages in one spelling", () => {
    const read = readClaims({
      ...minimal,
      limits: { audioLanguages: ["DEU", "pt-br"], defaultSubtitles: "eng" },
    });
    expect(read.ok && read.value.limits).toEqual({ audioLanguages: ["de", "pt-BR"], defaultSubtitles: "en" });
  });

  const many = (count: number, entry: unknown) => Array.from({ length: count }, () => entry);
  const any = { action: "block", type: "any" };
  const inLimits = (name: string, value: unknown) =>
    [`limits.${name}`, { limits: { [name]: value } }] as const;
  const inRule = (claim: string, rule: object) =>
    [claim, { rules: [any, { action: "allow", ...rule }] }] as const;

  it.each([
    ["sub", { sub: "" }],
    ["sub", { sub: "a".repeat(65) }],
    ["aud", { aud: many(201, "video") }],
    ["aud", { aud: { video: true } }],
    ["limits", { limits: [] }],
    ["limits", { limits: null }],
    inLimits("maxHeight", 0),
    inLimits("maxHeight", 720.5),
    inLimits("maxHeight", "720"),
    inLimits("maxHeight", 65_536),
    inLimits("minHeight", -1),
    ["limits.minHeight", { limits: { minHeight: 721, maxHeight: 720 } }],
    inLimits("codecs", []),
    inLimits("codecs", "avc1"),
    inLimits("codecs", ["avc1.64001f"]),
    inLimits("codecs", many(21, "avc1")),
    inLimits("order", "random"),
    inLimits("order", "toString"),
    inLimits("start", -1),
    inLimits("start", "1"),
    inLimits("end", 0),
    ["limits.end", { limits: { start: 5, end: 5 } }],
    inLimits("audioLanguages", ["d e"]),
    inLimits("audioLanguages", [7]),
    inLimits("audioLanguages", ["a".repeat(36)]),
    inLimits("defaultSubtitles", ""),
    inLimits("audioOnly", 1),
    inLimits("maxheight", 720),
    inLimits("__proto__", 720),
    ["rules", { rules: {} }],
    ["rules", { rules: [] }],
    ["rules", { rules: many(51, any) }],
    ["rules", { rules: ["any"] }],
    ["rules", { rules: [[]] }],
    inRule("rules.1.type", { type: "city" }),
    inRule("rules.1", {}),
    inRule("rules.1.action", { action: "deny", type: "any" }),
    inRule("rules.1.action", { action: "Allow", type: "any" }),
    inRule("rules.1.countries", { type: "any", countries: ["DE"] }),
    inRule("rules.1", { type: "country" }),
    inRule("rules.1.countries", { type: "country", countries: [] }),
    inRule("rules.1.countries", { type: "country", countries: ["de"] }),
    inRule("rules.1.countries", { type: "country", countries: ["DEU"] }),
    inRule("rules.1.countries", { type: "country", countries: many(201, "DE") }),
    inRule("rules.1.continents", { type: "continent", continents: ["XX"] }),
    inRule("rules.1.ips", { type: "ip", ips: ["localhost"] }),
    inRule("rules.1.ips", { type: "ip", ips: ["1".repeat(50)] }),
    inRule("rules.1.ips", { type: "country", ips: ["1.2.3.4"], countries: ["DE"] }),
    inRule("rules.1.asns", { type: "asn", asns: ["AS13335"] }),
    inRule("rules.1.asns", { type: "asn", asns: [1.5] }),
    inRule("rules.1.asns", { type: "asn", asns: [4_294_967_296] }),
    ["origins", { origins: [] }],
    ["origins", { origins: ["https://app.example.com"] }],
    ["origins", { origins: ["*"] }],
    ["origins", { origins: ["a b"] }],
    ["origins", { origins: ["a\nb"] }],
    ["origins", { origins: ["app.example.com\n"] }],
    ["origins", { origins: many(201, "a") }],
    ["allowNoOrigin", { allowNoOrigin: "false" }],
    ["ip", { ip: "all" }],
    ["ip", { ip: ["203.0.113.7"] }],
    ["streams", { streams: 2 }],
    ["streams.max", { streams: {} }],
    ["streams.max", { streams: { max: 0 } }],
    ["streams.max", { streams: { max: 256 } }],
    ["streams.max", { streams: { max: "2" } }],
    ["streams.action", { streams: { max: 2, action: "ask" } }],
    ["streams.maximum", { streams: { max: 2, maximum: 3 } }],
  ] as const)("%s is refused: %j", (claim, changed) => {
    expect(faultOf(JSON.parse(JSON.stringify(changed)) as object)).toBe(claim);
  });
});
