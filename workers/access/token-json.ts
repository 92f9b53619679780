// The JSON inside a token, read more strictly than JSON.parse reads: one spelling of base64url, valid UTF-8, an
// object, and every member once. "The Header Parameter names within the JOSE Header MUST be unique; JWS parsers
// MUST either reject JWSs with duplicate Header Parameter names or use a JSON parser that returns only the
// lexically last duplicate" (RFC 7515 4, and RFC 7519 4 of claims): what is read twice can be read two ways.
import { decodeBase64url } from "#workers/base64url.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Null: it is anything else. */
export function readTokenJson(encoded: string): JsonObject | null {
  const bytes = decodeBase64url(encoded);
  if (bytes === null) return null;
  try {
    const text = utf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && memberCount(value) === colonCount(text) ? value : null;
  } catch {
    return null;
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Members of this value and of all inside it. A duplicate is not there any more. */
function memberCount(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += memberCount(item);
    return count;
  }
  for (const item of Object.values(value)) count += 1 + memberCount(item);
  return count;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** Of JSON that parsed: outside strings a colon stands after a member's name and nowhere else. */
function colonCount(json: string): number {
  let count = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (inString && code === backslash) i++;
    else if (code === quote) inString = !inString;
    else if (code === colon && !inString) count++;
  }
  return count;
}
