// The claims of a playback token, read from a verified payload. Hand-written: the edge path carries no schema
// library. docs/playback-tokens.md shows them to those who sign. Claims we do not know are ignored, as RFC 7519 4
// wants it; inside our own objects nothing unknown is, or a misspelled limit would limit nothing.
import { ok, refuse, type Result } from "#workers/result.ts";
import { ClaimReader, defined } from "./claim-reader.ts";
import { isIpBlock } from "./ip-block.ts";
import type { Limits } from "./limits.ts";
import type { StreamLimit } from "./policy.ts";
import { maxEntries, readLimits, readOrigins, readRules, readStreamLimit } from "./policy-reader.ts";
import type { Restrictions } from "./restrictions.ts";
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

export const maxViewerCharacters = 128;

/** The end of the year 9999: what lies behind it was meant to be milliseconds. */
const latestSeconds = 253_402_300_799;

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
      allowedOrigins: readOrigins(reader, payload, "origins"),
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

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isAudience(value: string): value is Audience {
  return (audiences as readonly string[]).includes(value);
}
