// New signing keys: made here, or brought by their owner. What is weak is refused at the door; a private part is
// handed to the caller once and kept nowhere.
import { exportJWK, exportPKCS8, generateKeyPair, importJWK, importSPKI, type JWK } from "jose";
import { decodeBase64url, encodeBase64url } from "#workers/base64url.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import type { PublicJwk, SigningAlgorithm } from "./signing-key.ts";

export type AsymmetricAlgorithm = Exclude<SigningAlgorithm, "HS256">;

/** What a new row is made of: never a private part of a pair. */
export type NewMaterial =
  | { readonly alg: "HS256"; readonly secret: Uint8Array }
  | { readonly alg: AsymmetricAlgorithm; readonly publicJwk: PublicJwk };

/** Shown once. */
export interface PrivatePart {
  readonly pem: string | null;
  /** HS256: base64url of the bytes that sign. */
  readonly secret: string | null;
  readonly jwk: JWK;
}

export interface GeneratedKey {
  readonly material: NewMaterial;
  readonly privatePart: PrivatePart;
}

/** RFC 7518 3.2: "A key of the same size as the hash output or larger MUST be used". */
export const minSecretBytes = 32;
const maxSecretBytes = 1024;
/** RFC 7518 3.3: "A key of size 2048 bits or larger MUST be used". Larger ones cost every request more. */
const minModulusBits = 2048;
const maxModulusBits = 4096;

export async function generateKey(alg: SigningAlgorithm, kid: string): Promise<GeneratedKey> {
  if (alg === "HS256") {
    const secret = crypto.getRandomValues(new Uint8Array(minSecretBytes));
    const text = encodeBase64url(secret);
    const jwk = { kty: "oct", k: text, alg, kid, use: "sig" };
    return { material: { alg, secret }, privatePart: { pem: null, secret: text, jwk } };
  }
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const read = publicJwkOf(alg, await exportJWK(publicKey));
  if (!read.ok) throw new Error(`a new ${alg} key is not one: ${read.reason}`);
  const jwk = { ...(await exportJWK(privateKey)), alg, kid, use: "sig" };
  const pem = await exportPKCS8(privateKey);
  return { material: { alg, publicJwk: read.value }, privatePart: { pem, secret: null, jwk } };
}

/** Refused is why, for people. */
export function importSecret(text: string): Result<NewMaterial, string> {
  const secret = decodeBase64url(text);
  if (secret === null) return refuse("The secret is not base64url without padding.");
  if (secret.length < minSecretBytes) return refuse(`The secret is shorter than ${minSecretBytes} bytes.`);
  if (secret.length > maxSecretBytes) return refuse(`The secret is longer than ${maxSecretBytes} bytes.`);
  return ok({ alg: "HS256", secret });
}

export async function importPem(alg: AsymmetricAlgorithm, pem: string): Promise<Result<NewMaterial, string>> {
  if (pem.includes("PRIVATE KEY")) return refuse("This is a private key: keep it, and send the public one.");
  if (!/^\s*-----BEGIN PUBLIC KEY-----[\sA-Za-z0-9+/=]+-----END PUBLIC KEY-----\s*$/.test(pem)) {
    return refuse("This is not a public key in PEM (SPKI, BEGIN PUBLIC KEY).");
  }
  const jwk = await tried(async () => exportJWK(await importSPKI(pem, alg, { extractable: true })));
  return jwk === null ? refuse(`This is not a public key for ${alg}.`) : importJwk(alg, jwk);
}

export async function importJwk(
  alg: AsymmetricAlgorithm,
  jwk: Readonly<Record<string, unknown>>,
): Promise<Result<NewMaterial, string>> {
  if (["d", "p", "q", "dp", "dq", "qi", "oth", "k"].some((member) => member in jwk))
    return refuse("This is a private key: keep it, and send the public one.");
  if (jwk["alg"] !== undefined && jwk["alg"] !== alg) return refuse(`This key is not for ${alg}.`);
  if (jwk["use"] !== undefined && jwk["use"] !== "sig") return refuse("This key is not for signatures.");
  const read = publicJwkOf(alg, jwk);
  if (!read.ok) return read;
  // The runtime looks whether the point lies on its curve, and whether the modulus is one.
  const key = await tried(() => importJWK(read.value, alg));
  return key === null ? refuse(`This is not a public key for ${alg}.`) : ok({ alg, publicJwk: read.value });
}

function publicJwkOf(
  alg: AsymmetricAlgorithm,
  jwk: Readonly<Record<string, unknown>>,
): Result<PublicJwk, string> {
  switch (alg) {
    case "RS256": {
      const [n, e] = [member(jwk, "n"), member(jwk, "e")];
      if (jwk["kty"] !== "RSA" || n === null || e === null) return refuse("RS256 needs an RSA key.");
      const modulusBits = bitLength(n.bytes);
      if (modulusBits < minModulusBits) return refuse(`The RSA key is shorter than ${minModulusBits} bits.`);
      if (modulusBits > maxModulusBits) return refuse(`The RSA key is longer than ${maxModulusBits} bits.`);
      // NIST SP 800-56B 6.2: odd, above 65536. With 1 as the exponent every signature is the message.
      const exponentBits = bitLength(e.bytes);
      if (exponentBits < 17 || exponentBits > 32 || (e.bytes.at(-1) ?? 0) % 2 === 0)
        return refuse("The RSA key's exponent is not 65537 or an odd number above it.");
      return ok({ kty: "RSA", n: n.text, e: e.text });
    }
    case "ES256": {
      const [x, y] = [member(jwk, "x"), member(jwk, "y")];
      if (jwk["kty"] !== "EC" || jwk["crv"] !== "P-256" || x?.bytes.length !== 32 || y?.bytes.length !== 32)
        return refuse("ES256 needs a key on the curve P-256.");
      return ok({ kty: "EC", crv: "P-256", x: x.text, y: y.text });
    }
    case "EdDSA": {
      const x = member(jwk, "x");
      if (jwk["kty"] !== "OKP" || jwk["crv"] !== "Ed25519" || x?.bytes.length !== 32)
        return refuse("EdDSA needs an Ed25519 key.");
      if (isSmallOrder(x.bytes)) return refuse("The Ed25519 key is a point of small order: anyone can sign.");
      return ok({ kty: "OKP", crv: "Ed25519", x: x.text });
    }
  }
}

function member(jwk: Readonly<Record<string, unknown>>, name: string) {
  const text = jwk[name];
  const bytes = typeof text === "string" ? decodeBase64url(text) : null;
  return typeof text === "string" && bytes !== null ? { text, bytes } : null;
}

function bitLength(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : 8 * (bytes.length - first) - (Math.clz32(bytes[first] ?? 0) - 24);
}

/**
 * The y coordinates of the points whose order divides 8, little-endian, sign bit cleared, also where they are
 * spelled p or more. The runtime accepts such keys, and under one of them a signature without any private part is good.
 */
const smallOrder: readonly string[] = [
  `00${"00".repeat(30)}00`,
  `01${"00".repeat(30)}00`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
];

function isSmallOrder(point: Uint8Array): boolean {
  const hex = Array.from(point, (byte, index) =>
    (index === 31 ? byte & 0x7f : byte).toString(16).padStart(2, "0"),
  );
  return smallOrder.includes(hex.join(""));
}

/** Null: what was given is not a key of this kind. Libraries and the runtime say it by throwing. */
async function tried<T>(run: () => Promise<T>): Promise<T | null> {
  try {
    return await run();
  } catch {
    return null;
  }
}
