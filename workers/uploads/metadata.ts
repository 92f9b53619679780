// Pure. `Upload-Metadata` of tus.
import { ok, refuse, type Result } from "#workers/result.ts";
import type { Refusal } from "./session.ts";

const longestHeader = 8_192;

/** tus 1.0, creation: `key base64,key base64`; keys are unique ASCII without space or comma; a value may be empty. */
export function parseUploadMetadata(header: string): Result<ReadonlyMap<string, string>, Refusal> {
  const pairs = new Map<string, string>();
  if (header.trim() === "") return ok(pairs);
  if (header.length > longestHeader) return invalid(`It is longer than ${longestHeader} characters.`);
  for (const pair of header.split(",")) {
    const match = /^([\x21-\x2b\x2d-\x7e]+)(?: ([A-Za-z0-9+/]*={0,2}))?$/.exec(pair.trim());
    const key = match?.[1];
    if (key === undefined) return invalid("A pair is not `key base64`.");
    if (pairs.has(key)) return invalid(`The key ${key} comes twice.`);
    const value = decodeText(match?.[2] ?? "");
    if (value === null) return invalid(`The value of ${key} is not base64 of UTF-8.`);
    pairs.set(key, value);
  }
  return ok(pairs);
}

function decodeText(base64: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

const textKeys = [
  ...["title", "creator", "playbackPolicy", "videoId", "expiresAt"],
  ...["availableFrom", "availableUntil", "deleteAt", "encoding", "priority"],
];

/**
 * What the pairs say of the upload and its video, in the shape of the JSON API and not yet checked. `metadata`,
 * `playback` and `audioTrack` are JSON objects, `tags` and `allowedOrigins` JSON arrays, `replace` is `true` or `false`.
 * Clients add keys of their own (`filetype`, `relativePath`): those are given back on HEAD and otherwise left alone.
 */
export function describedBy(pairs: ReadonlyMap<string, string>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const fileName = pairs.get("filename") || pairs.get("name");
  if (fileName) fields["fileName"] = fileName;
  for (const key of textKeys) {
    const value = pairs.get(key);
    if (value) fields[key] = value;
  }
  for (const key of ["segmentSeconds", "maxSizeBytes", "maxDurationSeconds", "overlapSeconds"]) {
    const value = pairs.get(key);
    if (value) fields[key] = Number(value);
  }
  for (const key of ["metadata", "tags", "playback", "allowedOrigins", "replace", "audioTrack"]) {
    const value = pairs.get(key);
    if (value) fields[key] = parseJson(value);
  }
  return fields;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function invalid(detail: string) {
  return refuse<Refusal>({ code: "invalidParameter", detail: `Upload-Metadata: ${detail}` });
}
