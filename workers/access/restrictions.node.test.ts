import { BlockList, isIPv6 } from "node:net";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeRestrictions, type AccessRule, type Restrictions, type ViewerPlace } from "./restrictions.ts";

const nowhere: ViewerPlace = {
  ...{ ip: null, country: null, continent: null, asn: null, pageHost: null },
  isOurEmbed: false,
};
const at = (place: Partial<ViewerPlace>): ViewerPlace => ({ ...nowhere, ...place });
const judge = (restrictions: Restrictions, place: Partial<ViewerPlace> = {}) =>
  judgeRestrictions(restrictions, at(place)).by;
const isAllowed = (restrictions: Restrictions, place: Partial<ViewerPlace> = {}) =>
  judgeRestrictions(restrictions, at(place)).kind === "passed";

const onlyGermany: AccessRule = { action: "allow", type: "country", countries: ["DE"] };
const notRussia: AccessRule = { action: "block", type: "country", countries: ["RU"] };
const office: AccessRule = { action: "allow", type: "ip", ips: ["203.0.113.0/24", "2001:db8::/32"] };

describe("rules", () => {
  it("are decided by the first that matches, and the verdict names it", () => {
    const rules = [office, notRussia, { action: "allow", type: "any" }] as const;
    expect(judge({ rules }, { ip: "203.0.113.7", country: "RU" })).toBe(0);
    expect(judge({ rules }, { ip: "198.51.100.7", country: "RU" })).toEqual({ rule: 1, type: "country" });
    expect(judge({ rules }, { ip: "198.51.100.7", country: "DE" })).toBe(2);
    expect(judge({ rules: [notRussia, office] }, { ip: "203.0.113.7", country: "RU" })).toEqual({
      rule: 0,
      type: "country",
    });
  });

  it("of which none matches mean the opposite of the last one", () => {
    expect(judge({ rules: [notRussia, onlyGermany] }, { country: "FR" })).toBe("noRuleMatched");
    expect(isAllowed({ rules: [onlyGermany, notRussia] }, { country: "FR" })).toBe(true);
    expect(judge({ rules: [onlyGermany, notRussia] }, { country: "FR" })).toBeNull();
  });

  it("that are none allow everything", () => {
    expect(judgeRestrictions({}, nowhere)).toEqual({ kind: "passed", by: null });
  });

  it("never match what is not known, and call a country that is not known XX", () => {
    const rules = (rule: AccessRule) => ({ rules: [rule] });
    expect(judge(rules(onlyGermany))).toBe("noRuleMatched");
    expect(judge(rules(office))).toBe("noRuleMatched");
    expect(judge(rules(office), { ip: "not an address" })).toBe("noRuleMatched");
    expect(judge(rules({ action: "allow", type: "asn", asns: [0] }))).toBe("noRuleMatched");
    expect(judge(rules({ action: "allow", type: "continent", continents: ["EU"] }))).toBe("noRuleMatched");
    expect(isAllowed(rules(notRussia))).toBe(true);
    expect(judge(rules({ action: "block", type: "country", countries: ["XX"] }))).toEqual({
      rule: 0,
      type: "country",
    });
  });

  it("see an IPv4 viewer behind IPv6", () => {
    expect(judge({ rules: [office] }, { ip: "::ffff:203.0.113.7" })).toBe(0);
    expect(judge({ rules: [office] }, { ip: "::ffff:cb00:7107" })).toBe(0);
  });

  it("that hold what is no address open nothing: they break", () => {
    const broken: AccessRule = { action: "block", type: "ip", ips: ["10.0.0"] };
    expect(() => judgeRestrictions({ rules: [broken] }, nowhere)).toThrow("10.0.0");
  });

  it("decide as a reader of the documentation would", () => {
    const country = fc.constantFrom("DE", "FR", "US", "T1", "XX");
    const continent = fc.constantFrom("EU", "NA");
    const asn = fc.constantFrom(64_496, 64_497, 64_498);
    const block = fc.oneof(
      fc.tuple(fc.ipV4(), fc.nat(32)).map(([ip, bits]) => `${ip}/${bits}`),
      fc.tuple(fc.ipV6(), fc.nat(128)).map(([ip, bits]) => `${ip}/${bits}`),
    );
    const some = <T>(entry: fc.Arbitrary<T>) => fc.array(entry, { minLength: 1, maxLength: 4 });
    const action = fc.constantFrom("allow" as const, "block" as const);
    const rule: fc.Arbitrary<AccessRule> = fc.oneof(
      fc.record({ action, type: fc.constant("any" as const) }),
      fc.record({ action, type: fc.constant("country" as const), countries: some(country) }),
      fc.record({ action, type: fc.constant("continent" as const), continents: some(continent) }),
      fc.record({ action, type: fc.constant("asn" as const), asns: some(asn) }),
      fc.record({ action, type: fc.constant("ip" as const), ips: some(block) }),
    );
    const place = fc.record({
      ip: fc.option(fc.oneof(fc.ipV4(), fc.ipV6())),
      country: fc.option(country),
      continent: fc.option(continent),
      asn: fc.option(asn),
      pageHost: fc.constant(null),
      isOurEmbed: fc.constant(false),
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), place, (rules, viewer) => {
        fc.pre(viewer.ip === null || !isMapped(viewer.ip));
        expect(judgeRestrictions({ rules }, viewer)).toEqual(asDocumented(rules, viewer));
      }),
      { numRuns: 3_000 },
    );
  });
});

function asDocumented(rules: readonly AccessRule[], viewer: ViewerPlace) {
  const first = rules.findIndex((rule) => isMeant(rule, viewer));
  const found = rules[first];
  if (found !== undefined) {
    if (found.action === "allow") return { kind: "passed", by: first };
    return { kind: "refused", by: { rule: first, type: found.type } };
  }
  const opposite = rules[rules.length - 1]?.action === "allow" ? "refused" : "passed";
  return opposite === "refused" ? { kind: "refused", by: "noRuleMatched" } : { kind: "passed", by: null };
}

function isMeant(rule: AccessRule, { ip, country, continent, asn }: ViewerPlace): boolean {
  switch (rule.type) {
    case "any":
      return true;
    case "country":
      return rule.countries.some((listed) => listed === country || (listed === "XX" && country === null));
    case "continent":
      return rule.continents.some((listed) => listed === continent);
    case "asn":
      return rule.asns.some((listed) => listed === asn);
    case "ip": {
      if (ip === null) return false;
      const family = (text: string) => (isIPv6(text) ? ("ipv6" as const) : ("ipv4" as const));
      const list = new BlockList();
      for (const text of rule.ips) {
        const [base = "", bits] = text.split("/");
        // node:net holds that ::/0 has IPv4 in it; here the families are apart.
        if (family(base) === family(ip)) list.addSubnet(base, Number(bits), family(base));
      }
      return list.check(ip, family(ip));
    }
  }
}

const isMapped = (ip: string) => isIPv6(ip) && new URL(`http://[${ip}]`).hostname.startsWith("[::ffff:");

describe("allowed origins", () => {
  const allowedOrigins = ["app.example.com", "*.example.org"];

  it("let their pages play, and no other", () => {
    expect(judge({ allowedOrigins }, { pageHost: "app.example.com" })).toBeNull();
    expect(judge({ allowedOrigins }, { pageHost: "a.b.example.org" })).toBeNull();
    for (const pageHost of ["example.com", "example.org", "evil.example", "app.example.com.evil.example", ""])
      expect([pageHost, judge({ allowedOrigins }, { pageHost })]).toEqual([pageHost, "originNotAllowed"]);
  });

  it("let pass who names no page, unless that is forbidden", () => {
    expect(isAllowed({ allowedOrigins })).toBe(true);
    expect(isAllowed({ allowedOrigins, allowNoOrigin: true })).toBe(true);
    expect(judge({ allowedOrigins, allowNoOrigin: false })).toBe("originMissing");
    expect(isAllowed({ allowNoOrigin: false })).toBe(true);
  });

  it("do not open what a rule has closed, nor the other way round", () => {
    const both = { rules: [onlyGermany], allowedOrigins };
    const page = { pageHost: "app.example.com" };
    expect(judge(both, { ...page, country: "DE" })).toBe(0);
    expect(judge(both, { ...page, country: "FR" })).toBe("noRuleMatched");
    expect(judge(both, { country: "DE", pageHost: "evil.example" })).toBe("originNotAllowed");
    expect(judge(both, { country: "FR", pageHost: "evil.example" })).toBe("noRuleMatched");
  });
});

describe("its cost", () => {
  it("is a few microseconds a request with 200 blocks, because they are read once", () => {
    const ips = Array.from({ length: 200 }, (_, i) =>
      i % 2 === 0 ? `10.${i}.0.0/16` : `2001:db8:${i}::/48`,
    );
    const restrictions: Restrictions = { rules: [{ action: "block", type: "ip", ips }] };
    const places = ["198.51.100.7", "2001:db9::1"].map((ip) => at({ ip }));
    const run = (count: number) => {
      const startedMs = performance.now();
      for (let i = 0; i < count; i++) judgeRestrictions(restrictions, places[i % 2] ?? nowhere);
      return ((performance.now() - startedMs) * 1_000) / count;
    };
    run(5_000);
    const microseconds = Math.min(...Array.from({ length: 5 }, () => run(2_000)));
    // Reading the blocks anew takes ten times as long.
    expect(microseconds).toBeLessThan(20);
    process.stdout.write(`200 blocks: ${microseconds.toFixed(2)} µs a request\n`);
  });
});
