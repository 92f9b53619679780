// Is this token one that a key of ours signed, for this playback id and this use, now? Loaded by the edge path
// only where a token is presented: jose is behind it. The cryptography is jose's; what may be believed, and in
// which order, is decided here. Never log a token or a claim of it.
import { compactVerify, errors } from "jose";
import type { Env } from "#workers/env.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { tokenHash, viewerHash } from "./credential-hash.ts";
import { readClaims, type Audience, type PlaybackClaims } from "./playback-claims.ts";
import { signingKeyState, type SigningKeyRecord } from "./signing-key.ts";
import { verifierOf } from "./signing-key-verifier.ts";
import { readTokenHeader, type HeaderRefusal } from "./token-header.ts";
import { readTokenJson } from "./token-json.ts";
import { maxTokenSeconds } from "./token-lifetime.ts";

export interface VerifiedToken {
  readonly claims: PlaybackClaims;
  readonly kid: string;
  readonly keyHash: number;
  /** Of the `jti`; of the signed part of a token without one, which can't be spelled in another way. */
  readonly tokenHash: Uint8Array;
  /** All zeros when the token names no viewer. */
  readonly viewerHash: Uint8Array;
}

export type TokenRefusal =
  | {
      readonly reason:
        | HeaderRefusal
        | "tokenTooLarge"
        | "tokenKeyRevoked"
        | "tokenKeyRetired"
        | "tokenKeySealed"
        | "tokenSignature"
        | "tokenExpired"
        | "tokenNotYetValid"
        | "tokenAudience"
        | "tokenPlaybackId"
        | "tokenTooLong";
    }
  /** Signed, and not what a claim may be. */
  | { readonly reason: "tokenClaims"; readonly claim: string };

export interface TokenDeps {
  /** Asked only for what has the shape of a key's id. */
  findKey(kid: string): SigningKeyRecord | null | Promise<SigningKeyRecord | null>;
  readonly env: Pick<Env, "SEALING_KEY" | "MAX_TOKEN_SECONDS">;
  readonly nowMs: number;
}

export const maxTokenCharacters = 4096;

/** Clocks of those who sign may be this much ahead. An expiry is not put off: it is the signer's to choose. */
const clockSkewMs = 30_000;

const anonymous = new Uint8Array(8);

export async function verifyPlaybackToken(
  token: string,
  playbackId: string,
  audience: Audience,
  deps: TokenDeps,
): Promise<Result<VerifiedToken, TokenRefusal>> {
  if (token.length > maxTokenCharacters) return no("tokenTooLarge");
  const verified = await verifySignature(token, deps);
  if (!verified.ok) return verified;
  const refusal = refusalNow(verified.value.claims, playbackId, audience, deps);
  return refusal === null ? verified : refuse(refusal);
}

async function verifySignature(token: string, deps: TokenDeps): Promise<Result<VerifiedToken, TokenRefusal>> {
  // Two dots: a JWE has four, and "a.b.c." is none of ours.
  const headerEnd = token.indexOf(".");
  const payloadEnd = token.indexOf(".", headerEnd + 1);
  if (headerEnd < 0 || payloadEnd < 0 || token.includes(".", payloadEnd + 1)) return no("tokenMalformed");
  const header = readTokenHeader(token.slice(0, headerEnd));
  if (!header.ok) return no(header.reason);
  const { alg, kid } = header.value;

  const found = deps.findKey(kid);
  const key = usableKey(found instanceof Promise ? await found : found, deps.nowMs);
  if (!key.ok) return key;
  // RFC 8725 3.1: the key says by which algorithm it verifies, never the token.
  if (key.value.alg !== alg) return no("tokenAlgorithm");
  const opened = verifierOf(key.value, deps.env.SEALING_KEY);
  const verifier = opened instanceof Promise ? await opened : opened;
  if (verifier === null) return no("tokenKeySealed");
  if (!(await isSigned(token, verifier.key, alg))) return no("tokenSignature");

  const payload = readTokenJson(token.slice(headerEnd + 1, payloadEnd));
  if (payload === null) return no("tokenMalformed");
  const read = readClaims(payload);
  if (!read.ok) return refuse({ reason: "tokenClaims", claim: read.reason });
  const claims = read.value;
  const [ofToken, ofViewer] = await Promise.all([
    tokenHash(claims.tokenId ?? token.slice(0, payloadEnd)),
    claims.viewerId === null ? anonymous : viewerHash(claims.viewerId),
  ]);
  return ok({ claims, kid, keyHash: verifier.keyHash, tokenHash: ofToken, viewerHash: ofViewer });
}

async function isSigned(
  token: string,
  key: Parameters<typeof compactVerify>[1],
  alg: string,
): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: [alg] });
    return true;
  } catch (error) {
    // A wrong signature, or one that is not even bytes of one. Anything else is broken, not refused.
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}

function usableKey(record: SigningKeyRecord | null, nowMs: number): Result<SigningKeyRecord, TokenRefusal> {
  if (record === null) return no("tokenKeyUnknown");
  switch (signingKeyState(record, nowMs)) {
    case "active":
    case "retiring":
      return ok(record);
    case "retired":
      return no("tokenKeyRetired");
    case "revoked":
      return no("tokenKeyRevoked");
  }
}

function refusalNow(
  claims: PlaybackClaims,
  playbackId: string,
  audience: Audience,
  { env, nowMs }: TokenDeps,
): TokenRefusal | null {
  const { expiresAtMs, notBeforeMs, issuedAtMs } = claims;
  if (nowMs >= expiresAtMs) return { reason: "tokenExpired" };
  if (notBeforeMs !== null && nowMs + clockSkewMs < notBeforeMs) return { reason: "tokenNotYetValid" };
  if (issuedAtMs !== null && nowMs + clockSkewMs < issuedAtMs) return { reason: "tokenNotYetValid" };
  if (expiresAtMs - (issuedAtMs ?? nowMs) > maxTokenSeconds(env) * 1_000) return { reason: "tokenTooLong" };
  if (claims.playbackId !== playbackId) return { reason: "tokenPlaybackId" };
  if (!claims.audiences.includes(audience)) return { reason: "tokenAudience" };
  return null;
}

function no(reason: Exclude<TokenRefusal["reason"], "tokenClaims">) {
  return refuse<TokenRefusal>({ reason });
}
