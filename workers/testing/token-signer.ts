// A customer who signs playback tokens offline, with a key of whose private part the product knows nothing.
import { encodeBase64url } from "#workers/base64url.ts";
import type { Env } from "#workers/env.ts";
import { newId } from "#workers/ids.ts";

export interface TokenSigner {
  readonly kid: string;
  /** For an hour, unless `claims` says otherwise. */
  sign(playbackId: string, claims?: Readonly<Record<string, unknown>>): Promise<string>;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
const json = (value: unknown) => encodeBase64url(new TextEncoder().encode(JSON.stringify(value)));

export async function tokenSigner(env: Env, nowMs: number): Promise<TokenSigner> {
  const pair = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const { kty, crv, x, y } = (await crypto.subtle.exportKey("jwk", pair.publicKey)) as JsonWebKey;
  const kid = newId("signingKey", nowMs);
  await env.DB.prepare(
    `INSERT INTO signing_keys (id, name, alg, origin, public_jwk, created_at)
     VALUES (?, 'test', 'ES256', 'imported', ?, ?)`,
  )
    .bind(kid, JSON.stringify({ kty, crv, x, y }), nowMs)
    .run();
  return {
    kid,
    sign: async (playbackId, claims = {}) => {
      const seconds = Math.floor(nowMs / 1000);
      const payload = { sub: playbackId, aud: "video", iat: seconds, exp: seconds + 3600, ...claims };
      const text = `${json({ alg: "ES256", kid, typ: "JWT" })}.${json(payload)}`;
      const bytes = new TextEncoder().encode(text);
      const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, bytes);
      return `${text}.${encodeBase64url(new Uint8Array(signature))}`;
    },
  };
}
