// Modifiers: what the query of a manifest's URL asks of a video. Other parameters (a token, CMCD, whatever a page
// adds) are none of this file's business; one of ours that is doubled or makes no sense is refused, because a limit
// that is silently left out is worse than an error.
import {
  modifierNames,
  noLimits,
  renditionOrders,
  type Limits,
  type ModifierName,
} from "#workers/access/limits.ts";
import { languageTag } from "#workers/packaging/languages.ts";
import { ok, refuse, type Result } from "#workers/result.ts";

export interface Modifiers {
  readonly limits: Limits;
  readonly given: readonly ModifierName[];
}

export interface ModifierFault {
  readonly parameter: ModifierName;
  /** For people: what the parameter must be. */
  readonly detail: string;
}

const none = ok<Modifiers>({ limits: noLimits, given: [] });

/** `query` is what follows "?", as it stands in the URL. */
export function parseModifiers(query: string): Result<Modifiers, ModifierFault> {
  if (query === "") return none;
  let limits: Mutable<Limits> | null = null;
  const given: ModifierName[] = [];
  for (let from = 0, end = 0; from < query.length; from = end + 1) {
    end = query.indexOf("&", from);
    if (end < 0) end = query.length;
    const parameter = nameAt(query, from, end);
    if (parameter === null) continue;
    if (given.includes(parameter))
      return refuse({ parameter, detail: `${parameter} is given more than once` });
    given.push(parameter);
    const value = decoded(query.slice(from + parameter.length + 1, end));
    limits ??= {};
    if (value === null || value.length > maxCharacters || !readInto(limits, parameter, value))
      return refuse({ parameter, detail: details[parameter] });
  }
  if (limits === null) return none;
  const { minHeight, maxHeight, startSeconds, endSeconds } = limits;
  if (minHeight !== undefined && maxHeight !== undefined && minHeight > maxHeight)
    return refuse({ parameter: "minHeight", detail: "minHeight is above maxHeight" });
  if (endSeconds !== undefined && endSeconds <= (startSeconds ?? 0))
    return refuse({ parameter: "end", detail: "end lies behind start" });
  return ok({ limits, given });
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A tag has 35 characters and a codec four, so this is room for more than any video has. */
const maxCharacters = 400;
const maxEntries = 20;
/** The same as in a token. */
const maxPixels = 65_535;
const maxSeconds = 10_000_000;

/** The modifier that the parameter at `from` is, with or without a value. A name needs no encoding, so none is known. */
function nameAt(query: string, from: number, end: number): ModifierName | null {
  for (const name of modifierNames) {
    const after = from + name.length;
    if (after <= end && query.startsWith(name, from) && (after === end || query.charCodeAt(after) === 61))
      return name;
  }
  return null;
}

function decoded(value: string): string | null {
  if (!value.includes("%")) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}

/** False: the value makes no sense. */
function readInto(limits: Mutable<Limits>, parameter: ModifierName, value: string): boolean {
  switch (parameter) {
    case "maxHeight":
    case "minHeight":
      return set(limits, parameter, pixelsOf(value));
    case "codecs":
      return set(limits, "codecs", listOf(value, codecOf));
    case "order":
      return set(limits, "order", renditionOrders.find((order) => order === value) ?? null);
    case "start":
      return set(limits, "startSeconds", secondsOf(value));
    case "end":
      return set(limits, "endSeconds", secondsOf(value));
    case "audioLanguages":
      return set(limits, "audioLanguages", listOf(value, languageOf));
    case "defaultSubtitles":
      return set(limits, "defaultSubtitles", languageOf(value));
    case "audioOnly":
      return set(limits, "audioOnly", value === "true" ? true : value === "false" ? false : null);
  }
}

function set<K extends keyof Limits>(limits: Mutable<Limits>, name: K, value: Required<Limits>[K] | null) {
  if (value === null) return false;
  limits[name] = value;
  return true;
}

const details: Readonly<Record<ModifierName, string>> = {
  maxHeight: "maxHeight is a whole number of pixels, as in 720",
  minHeight: "minHeight is a whole number of pixels, as in 360",
  codecs: "codecs are first parts of codec strings with commas between, as in avc1,mp4a",
  order: `order is one of ${renditionOrders.join(", ")}`,
  start: "start is seconds from the start of the video, as in 12.5",
  end: "end is seconds from the start of the video, as in 90",
  audioLanguages: "audioLanguages are language tags with commas between, as in de,pt-BR",
  defaultSubtitles: "defaultSubtitles is a language tag, as in pt-BR",
  audioOnly: "audioOnly is true or false",
};

function pixelsOf(text: string): number | null {
  const pixels = wholeOf(text);
  return pixels === null || pixels === 0 || pixels > maxPixels ? null : pixels;
}

/** `12`, `12.5`: no sign, no exponent, at most microseconds. */
function secondsOf(text: string): number | null {
  const dot = text.indexOf(".");
  const whole = wholeOf(dot < 0 ? text : text.slice(0, dot));
  const fraction = dot < 0 ? "0" : text.slice(dot + 1);
  if (whole === null || fraction.length > 6 || wholeOf(fraction) === null) return null;
  const seconds = Number(text);
  return seconds > maxSeconds ? null : seconds;
}

/** Decimal digits and nothing else. */
function wholeOf(text: string): number | null {
  if (text.length === 0 || text.length > 9) return null;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return value;
}

function listOf(text: string, read: (entry: string) => string | null): readonly string[] | null {
  const entries: string[] = [];
  for (const entry of text.split(",", maxEntries + 1)) {
    const value = read(entry);
    if (value === null || entries.length === maxEntries) return null;
    if (!entries.includes(value)) entries.push(value);
  }
  return entries;
}

function codecOf(text: string): string | null {
  if (text.length < 3 || text.length > 16) return null;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const letter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
    if (!letter && code !== 45 && (code < 48 || code > 57)) return null;
  }
  return text;
}

/** In its canonical spelling: `EN-us` is `en-US`, `deu` is `de`. */
function languageOf(text: string): string | null {
  const tag = languageTag(text);
  return tag === "und" && text.toLowerCase() !== "und" ? null : tag;
}
