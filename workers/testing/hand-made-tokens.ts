// Tokens assembled by hand, so that they can be wrong in every way: no library that would refuse to make them.
import { seal } from "#workers/access/sealing.ts";
import type { PublicJwk, SigningAlgorithm, SigningKeyRecord } from "#workers/access/signing-key.ts";
import { encodeBase64url } from "#workers/base64url.ts";
import type { Env } from "#workers/env.ts";
import { newId } from "#workers/ids.ts";

const encoder = new TextEncoder();

export const encodeText = (text: string) => encodeBase64url(encoder.encode(text));
export const encodeJson = (value: unknown) => encodeText(JSON.stringify(value));

export interface HandKey {
  readonly record: SigningKeyRecord;
  readonly kid: string;
  /** The signature over any text, by any header that stands in it. */
  sign(text: string): Promise<string>;
  /** A token of `{alg, kid}` and the claims. */
  token(claims: unknown, header?: Readonly<Record<string, unknown>>): Promise<string>;
}

const parameters = {
  HS256: [
    { name: "HMAC", hash: "SHA-256", length: 256 },
    { name: "HMAC", hash: "SHA-256" },
  ],
  RS256: [
    {
      name: "RSASSA-PKCS1-v1_5",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: "SHA-256",
    },
    { name: "RSASSA-PKCS1-v1_5" },
  ],
  ES256: [
    { name: "ECDSA", namedCurve: "P-256" },
    { name: "ECDSA", hash: "SHA-256" },
  ],
  EdDSA: [{ name: "Ed25519" }, { name: "Ed25519" }],
} as const;

export async function handKey(
  alg: SigningAlgorithm,
  { SEALING_KEY }: Pick<Env, "SEALING_KEY">,
  nowMs = 0,
): Promise<HandKey> {
  const kid = newId("signingKey", nowMs);
  const [generate, use] = parameters[alg];
  const made = await crypto.subtle.generateKey(generate, true, ["sign", "verify"]);
  const state = { kid, retiresAtMs: null, revokedAtMs: null };
  const key = "privateKey" in made ? made.privateKey : made;
  const record: SigningKeyRecord =
    alg === "HS256"
      ? { ...state, alg, sealedSecret: await seal(SEALING_KEY, kid, await rawOf(key)) }
      : { ...state, alg, publicJwk: await publicJwkOf(made as CryptoKeyPair) };
  const sign = async (text: string) =>
    encodeBase64url(new Uint8Array(await crypto.subtle.sign(use, key, encoder.encode(text))));
  const token = async (claims: unknown, header: Readonly<Record<string, unknown>> = {}) => {
    const text = `${encodeJson({ alg, kid, typ: "JWT", ...header })}.${encodeJson(claims)}`;
    return `${text}.${await sign(text)}`;
  };
  return { record, kid, sign, token };
}

async function rawOf(key: CryptoKey): Promise<Uint8Array> {
  return new Uint8Array((await crypto.subtle.exportKey("raw", key)) as ArrayBuffer);
}

async function publicJwkOf({ publicKey }: CryptoKeyPair): Promise<PublicJwk> {
  const jwk = (await crypto.subtle.exportKey("jwk", publicKey)) as JsonWebKey;
  const members = ["kty", "crv", "n", "e", "x", "y"] as const;
  return Object.fromEntries(
    members.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]])),
  ) as unknown as PublicJwk;
}

/** HMAC-SHA256 under any bytes: what a confused verifier would take a public key for. */
export async function signByHmac(secret: Uint8Array, text: string): Promise<string> {
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  return encodeBase64url(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text))));
}
