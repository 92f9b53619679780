// What may stand in limits, rules, origins and streams, and how it is read: one set of checks for claims of tokens
// and for settings. Hand-written, because the edge path carries no schema library. Inside these objects nothing
// unknown is ignored, or a misspelled limit would limit nothing.
import { languageTag } from "#workers/packaging/languages.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { ClaimReader, defined } from "./claim-reader.ts";
import { isIpBlock } from "./ip-block.ts";
import { modifierNames, noLimits, renditionOrders, type Limits } from "./limits.ts";
import { hostPatternText, isHostPattern, parseHostPattern } from "./page-host.ts";
import { maxStreams, streamLimitActions, type StreamLimit } from "./policy.ts";
import { ruleTypes, type AccessRule, type Restrictions } from "./restrictions.ts";
import { isJsonObject, type JsonObject } from "./token-json.ts";

export const maxRules = 50;
export const maxEntries = 200;
/** Codecs and languages. */
export const maxChoices = 20;
export const maxLanguageCharacters = 35;
export const maxPixels = 65_535;
export const longestSeconds = 10_000_000;
export const maxAsn = 4_294_967_295;

export const patterns = {
  /** The first part of an RFC 6381 codec string. */
  codec: /^[A-Za-z0-9-]{1,16}$/,
  country: /^[A-Z][A-Z0-9]$/,
  continent: /^(?:AF|AN|AS|EU|NA|OC|SA)$/,
} as const;

/** Of settings as the API takes them; refused is the member that is wrong, as in `maxHeight`. */
export function limitsOf(settings: unknown): Result<Limits, string> {
  return readSettings(settings, (reader, from) => readLimits(reader, from, "settings"));
}

export function streamLimitOf(settings: unknown): Result<StreamLimit | null, string> {
  return readSettings(settings, (reader, from) => readStreamLimit(reader, from, "settings"));
}

export function restrictionsOf(settings: unknown): Result<Restrictions, string> {
  return readSettings(settings, (reader, from) => {
    const set = reader.object(from, "settings", ["rules", "allowedOrigins", "allowNoOrigin"]);
    if (set === undefined) return {};
    return defined<Restrictions>({
      rules: readRules(reader, set, "settings."),
      allowedOrigins: readOrigins(reader, set, "allowedOrigins", "settings.")?.map(keptHost),
      allowNoOrigin: reader.flag(set, "allowNoOrigin", "settings."),
    });
  });
}

function readSettings<T>(
  settings: unknown,
  read: (reader: ClaimReader, from: JsonObject) => T,
): Result<T, string> {
  const reader = new ClaimReader();
  const value = read(reader, { settings });
  return reader.fault === null ? ok(value) : refuse(reader.fault.slice("settings.".length));
}

export function readLimits(reader: ClaimReader, parent: JsonObject, name = "limits"): Limits {
  const from = reader.object(parent, name, modifierNames);
  if (from === undefined) return noLimits;
  const path = `${name}.`;
  const startSeconds = reader.number(from, "start", 0, longestSeconds, path);
  const endSeconds = reader.number(from, "end", 0, longestSeconds, path);
  if (endSeconds !== undefined && endSeconds <= (startSeconds ?? 0)) reader.wrong(`${path}end`);
  const minHeight = reader.integer(from, "minHeight", 1, maxPixels, path);
  const maxHeight = reader.integer(from, "maxHeight", 1, maxPixels, path);
  if (minHeight !== undefined && maxHeight !== undefined && minHeight > maxHeight)
    reader.wrong(`${path}minHeight`);
  return defined<Limits>({
    maxHeight,
    minHeight,
    codecs: reader.list(from, "codecs", maxChoices, matches(patterns.codec), path),
    order: reader.choice(from, "order", renditionOrders, path),
    startSeconds,
    endSeconds,
    audioLanguages: reader
      .list(from, "audioLanguages", maxChoices, textThat(isLanguage), path)
      ?.map(languageTag),
    defaultSubtitles: readLanguage(reader, from, "defaultSubtitles", path),
    audioOnly: reader.flag(from, "audioOnly", path),
  });
}

function readLanguage(reader: ClaimReader, from: JsonObject, name: string, path: string): string | undefined {
  const text = reader.text(from, name, maxLanguageCharacters, path);
  if (text === undefined || isLanguage(text)) return text === undefined ? undefined : languageTag(text);
  return reader.wrong(path + name);
}

export function readOrigins(
  reader: ClaimReader,
  from: JsonObject,
  name: string,
  path = "",
): readonly string[] | undefined {
  return reader.list(from, name, maxEntries, textThat(isHostPattern), path);
}

export function readRules(
  reader: ClaimReader,
  from: JsonObject,
  path = "",
): readonly AccessRule[] | undefined {
  const rules = reader.list(from, "rules", maxRules, isJsonObject, path);
  return rules?.flatMap((rule, index) => readRule(reader, rule, `${path}rules.${index}`) ?? []);
}

const listOf = { country: "countries", continent: "continents", ip: "ips", asn: "asns" } as const;

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

export function readStreamLimit(
  reader: ClaimReader,
  parent: JsonObject,
  name = "streams",
): StreamLimit | null {
  const from = reader.object(parent, name, ["max", "action"]);
  if (from === undefined) return null;
  const path = `${name}.`;
  const max = reader.integer(from, "max", 1, maxStreams, path) ?? reader.wrong(`${path}max`);
  const action = reader.choice(from, "action", streamLimitActions, path) ?? "evictOldest";
  return max === undefined ? null : { maxStreams: max, action };
}

/** `languageTag` makes `und` of what is no BCP 47 tag. */
export function isLanguage(text: string): boolean {
  if (text.length > maxLanguageCharacters) return false;
  return languageTag(text) !== "und" || text.toLowerCase() === "und";
}

function isAsn(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maxAsn;
}

function keptHost(text: string): string {
  const pattern = parseHostPattern(text);
  if (pattern === null) throw new Error(`read as a host and is none: ${text}`);
  return hostPatternText(pattern);
}

function textThat(is: (text: string) => boolean): (value: unknown) => value is string {
  return (value): value is string => typeof value === "string" && is(value);
}

function matches(pattern: RegExp): (value: unknown) => value is string {
  return (value): value is string => typeof value === "string" && pattern.test(value);
}
