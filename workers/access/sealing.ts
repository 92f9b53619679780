// Secrets that the database must keep are sealed: AES-256-GCM under a key derived from SEALING_KEY, with the
// name of what is sealed as additional data, so that one secret can't be put in the place of another.
//
//   offset  bytes
//        0      1  layout (1)
//        1     12  random nonce
//       13   n+16  ciphertext and tag
import { decodeBase64url, encodeBase64url } from "#workers/base64url.ts";

/** CryptoKey, which Node knows as a value only. */
type AesKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const layout = 1;
const nonceBytes = 12;
const headBytes = 1 + nonceBytes;
const minKeyBytes = 32;
const encoder = new TextEncoder();
const purpose = encoder.encode("sluice signing keys 1");

export async function seal(sealingKey: string, name: string, secret: Uint8Array): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));
  const ciphertext = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonce, additionalData: encoder.encode(name) },
    await derivedKey(sealingKey),
    secret,
  );
  const sealed = new Uint8Array(headBytes + ciphertext.byteLength);
  sealed[0] = layout;
  sealed.set(nonce, 1);
  sealed.set(new Uint8Array(ciphertext), headBytes);
  return encodeBase64url(sealed);
}

/** Null: sealed with another SEALING_KEY, under another name, or altered. */
export async function unseal(sealingKey: string, name: string, sealed: string): Promise<Uint8Array | null> {
  const bytes = decodeBase64url(sealed);
  if (bytes === null || bytes[0] !== layout || bytes.length < headBytes) return null;
  const key = await derivedKey(sealingKey);
  try {
    const secret = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: bytes.subarray(1, headBytes), additionalData: encoder.encode(name) },
      key,
      bytes.subarray(headBytes),
    );
    return new Uint8Array(secret);
  } catch {
    // WebCrypto tells nothing more of a tag that is wrong (W3C WebCryptoAPI 27.7.2: OperationError).
    return null;
  }
}

// A value, not a promise: a promise of one request must not be awaited by another.
let derived: { readonly from: string; readonly key: AesKey } | null = null;

/** Throws on a setting that can't be used: a Worker with a bad key must not seal with a worse one. */
async function derivedKey(sealingKey: string): Promise<AesKey> {
  if (derived !== null && derived.from === sealingKey) return derived.key;
  const bytes = decodeBase64url(sealingKey);
  if (bytes === null || bytes.length < minKeyBytes) {
    // Never the value itself.
    throw new Error(`SEALING_KEY is base64url of at least ${minKeyBytes} bytes`);
  }
  const master = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: purpose },
    master,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
  derived = { from: sealingKey, key };
  return key;
}
