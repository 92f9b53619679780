// From the record of a signing key to what checks signatures: imported once for each isolate.
import { importJWK, type CryptoKey } from "jose";
import { ByteLru } from "#workers/playback/byte-lru.ts";
import { keyHash } from "./credential-hash.ts";
import { unseal } from "./sealing.ts";
import type { SigningKeyRecord } from "./signing-key.ts";

export interface KeyVerifier {
  readonly key: CryptoKey;
  readonly keyHash: number;
  /** What it was made of: a kid never gets other material, but its sealing may change. */
  readonly from: string;
}

const verifiers = new ByteLru<KeyVerifier>(256 * 1024);
const estimatedBytes = 1_500;

/** Null: a shared secret that this SEALING_KEY does not open. A promise only when this isolate has not got it. */
export function verifierOf(
  record: SigningKeyRecord,
  sealingKey: string,
): KeyVerifier | Promise<KeyVerifier | null> {
  const known = verifiers.get(record.kid);
  return known !== undefined && known.from === materialOf(record)
    ? known
    : importVerifier(record, sealingKey);
}

async function importVerifier(record: SigningKeyRecord, sealingKey: string): Promise<KeyVerifier | null> {
  const key = await importKey(record, sealingKey);
  if (key === null) return null;
  const verifier = { key, keyHash: await keyHash(record.kid), from: materialOf(record) };
  verifiers.set(record.kid, verifier, estimatedBytes + 2 * verifier.from.length);
  return verifier;
}

async function importKey(record: SigningKeyRecord, sealingKey: string): Promise<CryptoKey | null> {
  switch (record.alg) {
    case "HS256": {
      const secret = await unseal(sealingKey, record.kid, record.sealedSecret);
      if (secret === null) return null;
      return crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    }
    case "RS256":
    case "ES256":
    case "EdDSA": {
      const key = await importJWK(record.publicJwk, record.alg);
      if (key instanceof Uint8Array) throw new Error(`the public key of ${record.kid} is a secret`);
      return key;
    }
  }
}

function materialOf(record: SigningKeyRecord): string {
  if (record.alg === "HS256") return record.sealedSecret;
  const jwk = record.publicJwk;
  return jwk.kty === "RSA" ? jwk.n : jwk.x;
}
