// One CMCD payload as text: a dictionary of structured fields (RFC 9651) as CTA-5004 narrows it. Members are found
// first and read one by one, so that one that is malformed costs itself and no other.
import {
  cmcdKinds,
  objectTypes,
  type Cmcd,
  type CmcdKind,
  type CmcdNumber,
  type CmcdValue,
  type ObjectType,
} from "./cmcd-keys.ts";

/** Players send 100 to 600 characters. Longer text is not looked at. */
export const maxTextLength = 4096;
const maxMembers = 64;
export const maxListLength = 8;
/** RFC 9651 3.3.1: an integer has at most 15 digits. */
const maxNumber = 999_999_999_999_999;

export function parseCmcdText(text: string): Cmcd | null {
  if (text.length > maxTextLength) return null;
  const values = new Map<string, CmcdValue>();
  let members = 0;
  for (let at = 0; at < text.length && members < maxMembers; members++) {
    const end = memberEnd(text, at);
    readMember(text.slice(at, end), values);
    at = end + 1;
  }
  return cmcdOf(values);
}

/** Null when nothing was told, or in a version whose keys may mean something else. */
export function cmcdOf(values: Map<string, CmcdValue>): Cmcd | null {
  // CTA-5004-A "Version": without the key, version 1 is meant.
  const version = values.get("v") ?? 1;
  if (version !== 1 && version !== 2) return null;
  if (values.size === (values.has("v") ? 1 : 0)) return null;
  // Each value was read by the kind that the type gives its key.
  return { ...Object.fromEntries(values), v: version };
}

/** The next comma outside of strings and lists. A string or list without its end reaches to the next comma. */
function memberEnd(text: string, start: number): number {
  let inString = false;
  let inList = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "(") inList = true;
    else if (character === ")") inList = false;
    else if (character === "," && !inList) return at;
  }
  if (!inString && !inList) return text.length;
  const comma = text.indexOf(",", start);
  return comma < 0 ? text.length : comma;
}

function readMember(member: string, values: Map<string, CmcdValue>): void {
  const equals = member.indexOf("=");
  const parameters = member.indexOf(";");
  const bare = equals < 0 || (parameters >= 0 && parameters < equals);
  const nameEnd = bare ? (parameters < 0 ? member.length : parameters) : equals;
  const key = member.slice(0, nameEnd).trim();
  const kind = cmcdKinds.get(key);
  if (kind === undefined) return;
  // RFC 9651 3.2: a member without a value is true.
  const value = bare
    ? kind.kind === "flag"
      ? true
      : null
    : readValue(member.slice(equals + 1).trim(), kind);
  if (value !== null) values.set(key, value);
}

function readValue(text: string, kind: CmcdKind): CmcdValue | null {
  switch (kind.kind) {
    case "numbers": {
      const read = listItems(text).map(readNumberItem);
      const numbers = read.filter((item) => item !== null);
      return numbers.length === 0 ? null : numbers;
    }
    case "texts": {
      const read = listItems(text).map((item) => readString(item, kind.maxLength));
      const texts = read.filter((item) => item !== null);
      return texts.length === 0 ? null : texts;
    }
    case "count": {
      const number = readNumber(withoutParameters(text));
      return number === null ? null : Math.round(number);
    }
    case "rate":
      return readNumber(withoutParameters(text));
    case "flag": {
      const item = withoutParameters(text);
      return item === "?1" ? true : item === "?0" ? false : null;
    }
    case "text":
      return readString(text, kind.maxLength);
    case "token": {
      const item = withoutParameters(text);
      return kind.known.includes(item) ? item : null;
    }
  }
}

/** The items of an inner list, `(1 2;v "a b")`, each with its parameters; a bare item is a list of one. No end, no list. */
function listItems(text: string): readonly string[] {
  if (!text.startsWith("(")) return [text];
  const items: string[] = [];
  let inString = false;
  let start = 1;
  for (let at = 1; at < text.length && items.length < maxListLength; at++) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === " " || character === ")") {
      if (at > start) items.push(text.slice(start, at));
      start = at + 1;
      if (character === ")") return items;
    }
  }
  return items.length === maxListLength ? items : [];
}

/** `3200`, or `3200;v`: CTA-5004-A names the object type by a parameter without a value. */
function readNumberItem(item: string): CmcdNumber | null {
  const value = readNumber(withoutParameters(item));
  if (value === null) return null;
  const [, name = ""] = item.split(";", 2);
  return { value, of: isObjectType(name) ? name : null };
}

function isObjectType(text: string): text is ObjectType {
  return objectTypes.some((type) => type === text);
}

/** Nothing that CMCD counts is below zero. */
function readNumber(text: string): number | null {
  if (!/^\d{1,15}(?:\.\d{1,20})?$/.test(text)) return null;
  return boundedNumber(Number(text));
}

export function boundedNumber(value: number): number | null {
  return value >= 0 && value <= maxNumber ? value : null;
}

function readString(text: string, maxLength: number): string | null {
  if (!text.startsWith('"')) return null;
  let value = "";
  for (let at = 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') return value;
    // RFC 9651 4.2.5: only these two are escaped.
    if (character === "\\") {
      const escaped = text.charAt(++at);
      if (escaped !== '"' && escaped !== "\\") return null;
      value += escaped;
    } else value += character;
    if (value.length > maxLength || character < " ") return null;
  }
  return null;
}

function withoutParameters(item: string): string {
  const semicolon = item.indexOf(";");
  return semicolon < 0 ? item : item.slice(0, semicolon);
}
