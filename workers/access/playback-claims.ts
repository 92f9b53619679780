// The claims of a playback token, read from a verified payload. Hand-written: the edge path carries no schema
// library. docs/playback-tokens.md shows them to those who sign. Claims we do not know are ignored, as RFC 7519 4
// wants it; inside our own objects nothing unknown is, or a misspelled limit would limit nothing.
import { languageTag } from "#workers/packaging/languages.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { ClaimReader, defined } from "./claim-reader.ts";
import { isIpBlock } from "./ip-block.ts";
import { modifierNames, noLimits, renditionOrders, type Limits } from "./limits.ts";
import { isHostPattern } from "./page-host.ts";
import { streamLimitActions, type StreamLimit } from "./policy.ts";
import type { AccessRule, Restrictions } from "./restrictions.ts";
import { isJsonObject, type JsonObject } from "./token-json.ts";

export const audiences = ["video", "thumbnail", "storyboard", "download", "drm"] as const;
export type Audience = (typeof audiences)[number];

export interface PlaybackClaims {
  /** `sub`. */
  readonly playbackId: string;
  /** `aud`, one or several. */
  readonly audiences: readonly Audience[];
  /** `exp`, required. */
  readonly expiresAtMs: number;
  readonly notBeforeMs: number | null;
  readonly issuedAtMs: number | null;
  /** `jti`. */
  readonly tokenId: string | null;
  /** `viewer`: the customer's own id of who watches. */
  readonly viewerId: string | null;
  readonly limits: Limits;
  readonly restrictions: Restrictions;
  /** `ip`: an address or CIDR block that the token, and every session made with it, is bound to. */
  readonly boundTo: string | null;
  readonly streamLimit: StreamLimit | null;
}

export const maxRules = 50;
export const maxEntries = 200;
/** Codecs and languages. */
export const maxChoices = 20;
export const maxViewerCharacters = 128;
/** As many as a session has room for. */
export const maxStreams = 255;

/** The end of the year 9999: what lies behind it was meant to be milliseconds. */
const latestSeconds = 253_402_300_799;
const maxLanguageCharacters = 35;
const maxPixels = 65_535;
const longestSeconds = 10_000_000;

export const patterns = {
  /** The first part of an RFC 6381 codec string. */
  codec: /^[A-Za-z0-9-]{1,16}$/,
  country: /^[A-Z][A-Z0-9]$/,
  continent: /^(?:AF|AN|AS|EU|NA|OC|SA)$/,
} as const;

/** Refused is the claim that is not what it must be, as in `limits.maxHeight`. */
export function readClaims(payload: unknown): Result<PlaybackClaims, string> {
  if (!isJsonObject(payload)) return refuse("payload");
  const reader = new ClaimReader();
  const playbackId = reader.text(payload, "sub", 64) ?? reader.wrong("sub");
  const audiences = readAudiences(reader, payload) ?? reader.wrong("aud");
  const expiresAtMs = readTime(reader, payload, "exp") ?? reader.wrong("exp");
  const claims = {
    notBeforeMs: readTime(reader, payload, "nbf") ?? null,
    issuedAtMs: readTime(reader, payload, "iat") ?? null,
    tokenId: reader.text(payload, "jti", maxViewerCharacters) ?? null,
    viewerId: reader.text(payload, "viewer", maxViewerCharacters) ?? null,
    limits: readLimits(reader, payload),
    restrictions: defined<Restrictions>({
      rules: readRules(reader, payload),
      allowedOrigins: reader.list(payload, "origins", maxEntries, textThat(isHostPattern)),
      allowNoOrigin: reader.flag(payload, "allowNoOrigin"),
    }),
    boundTo: readIpBlock(reader, payload) ?? null,
    streamLimit: readStreamLimit(reader, payload),
  };
  if (reader.fault !== null) return refuse(reader.fault);
  if (playbackId === undefined || audiences === undefined || expiresAtMs === undefined)
    throw new Error("a missing claim was not told");
  return ok({ ...claims, playbackId, audiences, expiresAtMs });
}

function readIpBlock(reader: ClaimReader, payload: JsonObject): string | undefined {
  const text = reader.text(payload, "ip", maxViewerCharacters);
  return text === undefined || isIpBlock(text) ? text : reader.wrong("ip");
}

/** RFC 7519 4.1.3: one string, or an array of them. What is meant for others is not ours. */
function readAudiences(reader: ClaimReader, payload: JsonObject): readonly Audience[] | undefined {
  if (typeof payload["aud"] === "string") return isAudience(payload["aud"]) ? [payload["aud"]] : [];
  return reader.list(payload, "aud", maxEntries, isText)?.filter(isAudience);
}

/** RFC 7519 2, NumericDate: seconds, whole or not. */
function readTime(reader: ClaimReader, payload: JsonObject, name: string): number | undefined {
  const seconds = reader.number(payload, name, 0, latestSeconds);
  return seconds === undefined ? undefined : Math.floor(seconds * 1_000);
}

function readLimits(reader: ClaimReader, payload: JsonObject): Limits {
  const from = reader.object(payload, "limits", modifierNames);
  if (from === undefined) return noLimits;
  const path = "limits.";
  const startSeconds = reader.number(from, "start", 0, longestSeconds, path);
  const endSeconds = reader.number(from, "end", 0, longestSeconds, path);
  if (endSeconds !== undefined && endSeconds <= (startSeconds ?? 0)) reader.wrong("limits.end");
  const minHeight = reader.integer(from, "minHeight", 1, maxPixels, path);
  const maxHeight = reader.integer(from, "maxHeight", 1, maxPixels, path);
  if (minHeight !== undefined && maxHeight !== undefined && minHeight > maxHeight)
    reader.wrong("limits.minHeight");
  return defined<Limits>({
    maxHeight,
    minHeight,
    codecs: reader.list(from, "codecs", maxChoices, matches(patterns.codec), path),
    order: reader.choice(from, "order", renditionOrders, path),
    startSeconds,
    endSeconds,
    audioLanguages: reader.list(from, "audioLanguages", maxChoices, isLanguage, path)?.map(languageTag),
    defaultSubtitles: readLanguage(reader, from, "defaultSubtitles", path),
    audioOnly: reader.flag(from, "audioOnly", path),
  });
}

function readRules(reader: ClaimReader, payload: JsonObject): readonly AccessRule[] | undefined {
  const rules = reader.list(payload, "rules", maxRules, isJsonObject);
  return rules?.flatMap((rule, index) => readRule(reader, rule, `rules.${index}`) ?? []);
}

function readLanguage(reader: ClaimReader, from: JsonObject, name: string, path: string): string | undefined {
  const text = reader.text(from, name, maxLanguageCharacters, path);
  if (text === undefined || isLanguage(text)) return text === undefined ? undefined : languageTag(text);
  return reader.wrong(path + name);
}

const listOf = { country: "countries", continent: "continents", ip: "ips", asn: "asns" } as const;
const ruleTypes = ["any", "country", "continent", "ip", "asn"] as const;
const maxAsn = 4_294_967_295;

function readRule(reader: ClaimReader, rule: JsonObject, name: string): AccessRule | undefined {
  const path = `${name}.`;
  const action = reader.choice(rule, "action", ["allow", "block"], path);
  const type = reader.choice(rule, "type", ruleTypes, path);
  if (action === undefined || type === undefined) return reader.wrong(name);
  const members: readonly string[] = type === "any" ? ["action", "type"] : ["action", "type", listOf[type]];
  for (const member of Object.keys(rule)) if (!members.includes(member)) return reader.wrong(path + member);
  switch (type) {
    case "any":
      return { action, type };
    case "country": {
      const countries = reader.list(rule, "countries", maxEntries, matches(patterns.country), path);
      return countries === undefined ? reader.wrong(name) : { action, type, countries };
    }
    case "continent": {
      const continents = reader.list(rule, "continents", maxEntries, matches(patterns.continent), path);
      return continents === undefined ? reader.wrong(name) : { action, type, continents };
    }
    case "ip": {
      const ips = reader.list(rule, "ips", maxEntries, textThat(isIpBlock), path);
      return ips === undefined ? reader.wrong(name) : { action, type, ips };
    }
    case "asn": {
      const asns = reader.list(rule, "asns", maxEntries, isAsn, path);
      return asns === undefined ? reader.wrong(name) : { action, type, asns };
    }
  }
}

function readStreamLimit(reader: ClaimReader, payload: JsonObject): StreamLimit | null {
  const from = reader.object(payload, "streams", ["max", "action"]);
  if (from === undefined) return null;
  const path = "streams.";
  const max = reader.integer(from, "max", 1, maxStreams, path) ?? reader.wrong("streams.max");
  const action = reader.choice(from, "action", streamLimitActions, path) ?? "evictOldest";
  return max === undefined ? null : { maxStreams: max, action };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** `languageTag` makes `und` of what is no BCP 47 tag. */
function isLanguage(value: unknown): value is string {
  if (typeof value !== "string" || value.length > maxLanguageCharacters) return false;
  return languageTag(value) !== "und" || value.toLowerCase() === "und";
}

function isAudience(value: string): value is Audience {
  return (audiences as readonly string[]).includes(value);
}

function isAsn(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maxAsn;
}

function textThat(is: (text: string) => boolean): (value: unknown) => value is string {
  return (value): value is string => typeof value === "string" && is(value);
}

function matches(pattern: RegExp): (value: unknown) => value is string {
  return (value): value is string => typeof value === "string" && pattern.test(value);
}
