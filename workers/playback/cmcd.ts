// The ways in which players send CMCD (CTA-5004 and CTA-5004-A): with a request, in its query or its headers, and as
// events of their own, in a body. What is malformed is left out part by part; nothing that was read goes back out.
import { boundedNumber, cmcdOf, maxListLength, maxTextLength, parseCmcdText } from "./cmcd-dictionary.ts";
import { cmcdKinds, type Cmcd, type CmcdKind, type CmcdNumber, type CmcdValue } from "./cmcd-keys.ts";
import { cmcdParameterAt, parameterLength } from "./cmcd-presence.ts";

/** Records of one body; a player batches a few. */
export const maxRecords = 100;

export type CmcdSource =
  | { readonly mode: "request"; readonly query: string; readonly headers: Headers }
  /** `application/cmcd`: a payload a line. */
  | { readonly mode: "lines"; readonly body: string }
  /** `application/json`: an object of CMCD keys, or an array of them. */
  | { readonly mode: "json"; readonly body: unknown };

/** In the order in which they were told; a request tells one at most. */
export function parseCmcd(source: CmcdSource): readonly Cmcd[] {
  switch (source.mode) {
    case "request": {
      const told = parseQuery(source.query) ?? parseHeaders(source.headers);
      return told === null ? [] : [told];
    }
    case "lines":
      // Players end the last line too, though the standard has LF between records only.
      return source.body
        .split("\n", maxRecords)
        .map(parseCmcdText)
        .filter((told) => told !== null);
    case "json": {
      const records: readonly unknown[] = Array.isArray(source.body) ? source.body : [source.body];
      return records
        .slice(0, maxRecords)
        .map(parseObject)
        .filter((told) => told !== null);
    }
  }
}

/** CTA-5004 "Query argument definition": the payload, percent-encoded as a whole. The first one counts. */
function parseQuery(query: string): Cmcd | null {
  const at = cmcdParameterAt(query);
  if (at < 0) return null;
  const start = at + parameterLength;
  const ampersand = query.indexOf("&", start);
  const encoded = query.slice(start, ampersand < 0 ? query.length : ampersand);
  if (encoded.length > 3 * maxTextLength) return null;
  try {
    // URLSearchParams, by which players write it, makes a space a plus; a plus itself is always %2B.
    return parseCmcdText(decodeURIComponent(encoded.replaceAll("+", " ")));
  } catch {
    return null;
  }
}

const headerNames = ["CMCD-Object", "CMCD-Request", "CMCD-Session", "CMCD-Status"] as const;

/** Which key stands in which header is for caches to profit from; together they are one dictionary. */
function parseHeaders(headers: Headers): Cmcd | null {
  const shards: string[] = [];
  for (const name of headerNames) {
    const shard = headers.get(name);
    if (shard !== null && shard.length <= maxTextLength) shards.push(shard);
  }
  return shards.length === 0 ? null : parseCmcdText(shards.join(","));
}

function parseObject(told: unknown): Cmcd | null {
  if (typeof told !== "object" || told === null) return null;
  const values = new Map<string, CmcdValue>();
  for (const [key, value] of Object.entries(told)) {
    const kind = cmcdKinds.get(key);
    const read = kind === undefined ? null : readJson(value, kind);
    if (read !== null) values.set(key, read);
  }
  return cmcdOf(values);
}

function readJson(value: unknown, kind: CmcdKind): CmcdValue | null {
  switch (kind.kind) {
    case "numbers": {
      const numbers = listOf(value, readJsonNumber);
      return numbers.length === 0 ? null : numbers;
    }
    case "texts": {
      const texts = listOf(value, (item) => readJsonText(item, kind.maxLength));
      return texts.length === 0 ? null : texts;
    }
    case "count": {
      const number = readJsonNumber(value);
      return number === null ? null : Math.round(number.value);
    }
    case "rate":
      return readJsonNumber(value)?.value ?? null;
    case "flag":
      return typeof value === "boolean" ? value : null;
    case "text":
      return readJsonText(value, kind.maxLength);
    case "token":
      return typeof value === "string" && kind.known.includes(value) ? value : null;
  }
}

function listOf<T>(value: unknown, read: (item: unknown) => T | null): readonly T[] {
  const items: readonly unknown[] = Array.isArray(value) ? value.slice(0, maxListLength) : [value];
  return items.map(read).filter((item) => item !== null);
}

function readJsonNumber(item: unknown): CmcdNumber | null {
  const value = typeof item === "number" ? boundedNumber(item) : null;
  return value === null ? null : { value, of: null };
}

function readJsonText(item: unknown, maxLength: number): string | null {
  return typeof item === "string" && item.length <= maxLength ? item : null;
}
