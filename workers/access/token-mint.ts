// Tokens that the Worker signs itself: by a shared secret of the customer's choice, or by its own key.
import { SignJWT } from "jose";
import type { Env } from "#workers/env.ts";
import { newId } from "#workers/ids.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { readClaims } from "./playback-claims.ts";
import { unseal } from "./sealing.ts";
import { signingKeyState } from "./signing-key.ts";
import { generateKey } from "./signing-key-material.ts";
import {
  findManagedKey,
  findSigningKey,
  insertManagedKey,
  signingKeyRow,
  type SigningKeyRow,
} from "./signing-key-store.ts";
import type { NewPlaybackToken } from "./token-contract.ts";
import { maxTokenSeconds } from "./token-lifetime.ts";
import { maxTokenCharacters } from "./verify-token.ts";

/** The claims of a token without its times; what a refresh token renews. */
export type Grants = Readonly<Record<string, unknown>>;

export interface TokenTimes {
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

const defaultSeconds = 3_600;

export function timesOf(
  { expiresAt, expiresInSeconds, notBefore }: NewPlaybackToken,
  env: Pick<Env, "MAX_TOKEN_SECONDS">,
  nowMs: number,
): Result<TokenTimes, Fault> {
  // Whole seconds: a NumericDate of a token we make is one in every library.
  const issuedAtMs = Math.floor(nowMs / 1_000) * 1_000;
  const expiresAtMs =
    expiresAt === undefined
      ? issuedAtMs + (expiresInSeconds ?? defaultSeconds) * 1_000
      : Math.floor(Date.parse(expiresAt) / 1_000) * 1_000;
  const pointer = expiresAt === undefined ? "#/expiresInSeconds" : "#/expiresAt";
  const maxSeconds = maxTokenSeconds(env);
  if (expiresAtMs <= nowMs) return refuse({ pointer, detail: "The token would have expired already." });
  if (expiresAtMs - issuedAtMs > maxSeconds * 1_000)
    return refuse({ pointer, detail: `A token lives ${maxSeconds} seconds at most.` });
  if (notBefore !== undefined && Date.parse(notBefore) >= expiresAtMs)
    return refuse({ pointer: "#/notBefore", detail: "The token would expire before it is valid." });
  return ok({ issuedAtMs, expiresAtMs });
}

export function grantsOf(asked: NewPlaybackToken, tokenId: string): Grants {
  const { audiences, notBefore } = asked;
  const grants = {
    sub: asked.playbackId,
    aud: audiences.length === 1 ? audiences[0] : audiences,
    jti: tokenId,
    nbf: notBefore === undefined ? undefined : Math.floor(Date.parse(notBefore) / 1_000),
    viewer: asked.viewerId,
    limits: asked.limits,
    rules: asked.rules,
    origins: asked.allowedOrigins,
    allowNoOrigin: asked.allowNoOrigin,
    ip: asked.boundTo,
    streams: asked.streams,
  };
  return Object.fromEntries(Object.entries(grants).filter(([, value]) => value !== undefined));
}

const bodyNames: Readonly<Record<string, string>> = {
  sub: "playbackId",
  aud: "audiences",
  nbf: "notBefore",
  viewer: "viewerId",
  origins: "allowedOrigins",
  ip: "boundTo",
};

export type SignRefusal = ({ readonly kind: "claim" } & Fault) | { readonly kind: "keySealed" };

/** What would not verify is not signed. */
export async function signToken(
  grants: Grants,
  { issuedAtMs, expiresAtMs }: TokenTimes,
  key: SigningKeyRow,
  sealingKey: string,
): Promise<Result<string, SignRefusal>> {
  const payload = { ...grants, iat: issuedAtMs / 1_000, exp: expiresAtMs / 1_000 };
  const claims = readClaims(payload);
  if (!claims.ok) {
    const [name = "", ...rest] = claims.reason.split(".");
    const pointer = ["#", bodyNames[name] ?? name, ...rest].join("/");
    return refuse({ kind: "claim", pointer, detail: "This can't be a claim of a token." });
  }
  const secret = await unseal(sealingKey, key.id, key.sealedSecret ?? "");
  if (secret === null) return refuse({ kind: "keySealed" });
  const token = await new SignJWT(payload)
    .setProtectedHeader({ alg: "HS256", kid: key.id, typ: "JWT" })
    .sign(secret);
  if (token.length > maxTokenCharacters) {
    const detail = `The token would have more than ${maxTokenCharacters} characters: name less in it.`;
    return refuse({ kind: "claim", pointer: "#/rules", detail });
  }
  return ok(token);
}

/** The key that a caller named, or the Worker's own, which is made when there is none. Null: no such key signs. */
export async function mintingKey(
  env: Pick<Env, "DB" | "SEALING_KEY">,
  signingKeyId: string | undefined,
  nowMs: number,
): Promise<SigningKeyRow | null> {
  if (signingKeyId !== undefined) {
    const named = await findSigningKey(env.DB, signingKeyId);
    return named !== null && canSign(named, nowMs) ? named : null;
  }
  const own = await findManagedKey(env.DB);
  if (own !== null) return own;
  const id = newId("signingKey", nowMs);
  const { material } = await generateKey("HS256", id);
  const key = { id, name: "", origin: "managed", material } as const;
  await insertManagedKey(env.DB, await signingKeyRow(key, env.SEALING_KEY, nowMs));
  const made = await findManagedKey(env.DB);
  if (made === null) throw new Error("the key that was just made is not there");
  return made;
}

/** Of key pairs we have no private part. */
export function canSign(key: SigningKeyRow, nowMs: number): boolean {
  const state = signingKeyState({ retiresAtMs: key.retiresAt, revokedAtMs: key.revokedAt }, nowMs);
  return key.alg === "HS256" && state === "active";
}
