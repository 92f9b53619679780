// Where and from which pages a video may be watched: settings of a playback id, claims of a token. Pure.
import { isInBlock, parseIp, parseIpBlock, type IpAddress } from "./ip-block.ts";
import { matchesHost, parseHostPattern, type HostPattern } from "./page-host.ts";

export type RuleAction = "allow" | "block";
export const ruleTypes = ["any", "country", "continent", "ip", "asn"] as const;

/** The first rule that matches decides; when none does, the answer is the opposite of what the last one does. */
export type AccessRule = { readonly action: RuleAction } & (
  | { readonly type: "any" }
  /** ISO 3166-1 alpha-2, upper case; `T1` is Tor, `XX` is unknown. */
  | { readonly type: "country"; readonly countries: readonly string[] }
  /** AF, AN, AS, EU, NA, OC, SA. */
  | { readonly type: "continent"; readonly continents: readonly string[] }
  /** Addresses and CIDR blocks, IPv4 and IPv6. */
  | { readonly type: "ip"; readonly ips: readonly string[] }
  | { readonly type: "asn"; readonly asns: readonly number[] }
);

export interface Restrictions {
  readonly rules?: readonly AccessRule[];
  /** Hosts, `app.example.com` or `*.example.com`, of the page that plays: by Origin, else by Referer. */
  readonly allowedOrigins?: readonly string[];
  /** A request that names neither (a native player) passes `allowedOrigins`. Default true. */
  readonly allowNoOrigin?: boolean;
}

/** What a request says, or the platform says of it. Null: not known. */
export interface ViewerPlace {
  readonly ip: string | null;
  readonly country: string | null;
  readonly continent: string | null;
  readonly asn: number | null;
  /** Host of the Origin header, else of the Referer; empty of a page that hides its address. */
  readonly pageHost: string | null;
  /** From inside our embed page of this very video, which only allowed pages can frame (embed/embed-page.ts). */
  readonly isOurEmbed: boolean;
}

/** What decided. `by` null: nothing stood against it. */
export type RestrictionVerdict =
  | { readonly kind: "passed"; readonly by: number | null }
  | { readonly kind: "refused"; readonly by: RestrictionRefusal };

export type RestrictionRefusal =
  | { readonly rule: number; readonly type: AccessRule["type"] }
  | "noRuleMatched"
  | "originNotAllowed"
  | "originMissing";

const unrestricted: RestrictionVerdict = { kind: "passed", by: null };

/** Whether it matters at all where a request comes from: `judgeRestrictions` needs no place otherwise. */
export function isRestricted({ rules, allowedOrigins }: Restrictions): boolean {
  return rules !== undefined || allowedOrigins !== undefined;
}

export function judgeRestrictions(restrictions: Restrictions, place: ViewerPlace): RestrictionVerdict {
  if (!isRestricted(restrictions)) return unrestricted;
  const { tests, hosts } = compile(restrictions);
  const verdict = judgeRules(tests, place);
  if (verdict.kind === "refused" || hosts === null || place.isOurEmbed) return verdict;
  if (place.pageHost === null)
    return (restrictions.allowNoOrigin ?? true) ? verdict : { kind: "refused", by: "originMissing" };
  for (const host of hosts) if (matchesHost(place.pageHost, host)) return verdict;
  return { kind: "refused", by: "originNotAllowed" };
}

function judgeRules(tests: readonly RuleTest[], place: ViewerPlace): RestrictionVerdict {
  const ip = place.ip === null ? null : parseIp(place.ip);
  for (const [rule, { action, type, matches }] of tests.entries()) {
    if (!matches(place, ip)) continue;
    return action === "allow" ? { kind: "passed", by: rule } : { kind: "refused", by: { rule, type } };
  }
  return tests.at(-1)?.action === "allow" ? { kind: "refused", by: "noRuleMatched" } : unrestricted;
}

/** A rule as a question, its blocks and sets made once. What is not known of a place is in no set. */
interface RuleTest {
  readonly action: RuleAction;
  readonly type: AccessRule["type"];
  readonly matches: (place: ViewerPlace, ip: IpAddress | null) => boolean;
}

interface Compiled {
  readonly tests: readonly RuleTest[];
  readonly hosts: readonly HostPattern[] | null;
}

/** They live as long as the record or the token that they are of. */
const known = new WeakMap<Restrictions, Compiled>();

function compile(restrictions: Restrictions): Compiled {
  let compiled = known.get(restrictions);
  if (compiled === undefined) {
    const { rules = [], allowedOrigins } = restrictions;
    compiled = {
      tests: rules.map(testOf),
      hosts: allowedOrigins?.map((text) => checked(parseHostPattern(text), text)) ?? null,
    };
    known.set(restrictions, compiled);
  }
  return compiled;
}

/** What the platform itself says of a viewer whose country it does not know. */
const unknownCountry = "XX";

function testOf(rule: AccessRule): RuleTest {
  const { action, type } = rule;
  switch (rule.type) {
    case "any":
      return { action, type, matches: () => true };
    case "country": {
      const countries = new Set(rule.countries);
      return { action, type, matches: ({ country }) => countries.has(country ?? unknownCountry) };
    }
    case "continent": {
      const continents = new Set(rule.continents);
      return { action, type, matches: ({ continent }) => continent !== null && continents.has(continent) };
    }
    case "ip": {
      const blocks = rule.ips.map((text) => checked(parseIpBlock(text), text));
      return {
        action,
        type,
        matches: (_, ip) => ip !== null && blocks.some((block) => isInBlock(ip, block)),
      };
    }
    case "asn": {
      const asns = new Set(rule.asns);
      return { action, type, matches: ({ asn }) => asn !== null && asns.has(asn) };
    }
  }
}

/** Contract and claims let nothing else in. To leave it out here could open what was to be blocked. */
function checked<T>(parsed: T | null, text: string): T {
  if (parsed === null) throw new Error(`not what a rule can hold: ${text}`);
  return parsed;
}
