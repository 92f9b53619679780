// A key of playback tokens as whoever verifies knows it. Private parts of key pairs are kept nowhere; a shared
// secret is sealed.

export const signingAlgorithms = ["HS256", "RS256", "ES256", "EdDSA"] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** The public members that RFC 7518 6 and RFC 8037 2 name, and nothing else. */
export type PublicJwk =
  | { readonly kty: "RSA"; readonly n: string; readonly e: string }
  | { readonly kty: "EC"; readonly crv: "P-256"; readonly x: string; readonly y: string }
  | { readonly kty: "OKP"; readonly crv: "Ed25519"; readonly x: string };

export type KeyMaterial =
  | { readonly alg: "HS256"; readonly sealedSecret: string }
  | { readonly alg: Exclude<SigningAlgorithm, "HS256">; readonly publicJwk: PublicJwk };

export type SigningKeyRecord = KeyMaterial & {
  readonly kid: string;
  /** It was rotated: tokens of it are good until then. */
  readonly retiresAtMs: number | null;
  readonly revokedAtMs: number | null;
};

/** `active` signs and verifies, `retiring` still verifies, the others do neither. */
export type SigningKeyState = "active" | "retiring" | "retired" | "revoked";

export function signingKeyState(
  { retiresAtMs, revokedAtMs }: Pick<SigningKeyRecord, "retiresAtMs" | "revokedAtMs">,
  nowMs: number,
): SigningKeyState {
  if (revokedAtMs !== null) return "revoked";
  if (retiresAtMs === null) return "active";
  return nowMs < retiresAtMs ? "retiring" : "retired";
}

export function isSigningAlgorithm(value: unknown): value is SigningAlgorithm {
  return (signingAlgorithms as readonly unknown[]).includes(value);
}

/** The columns of `signing_keys` that verifying needs. */
export interface SigningKeyColumns {
  readonly id: string;
  readonly alg: SigningAlgorithm;
  readonly public_jwk: string | null;
  readonly sealed_secret: string | null;
  readonly retires_at: number | null;
  readonly revoked_at: number | null;
}

export function toSigningKeyRecord(row: SigningKeyColumns): SigningKeyRecord {
  return {
    ...materialOf(row),
    kid: row.id,
    retiresAtMs: row.retires_at,
    revokedAtMs: row.revoked_at,
  };
}

function materialOf({ id, alg, public_jwk, sealed_secret }: SigningKeyColumns): KeyMaterial {
  if (alg === "HS256" && sealed_secret !== null) return { alg, sealedSecret: sealed_secret };
  // Own column only: written from a checked key.
  if (alg !== "HS256" && public_jwk !== null) return { alg, publicJwk: JSON.parse(public_jwk) as PublicJwk };
  throw new Error(`the signing key ${id} has no material`);
}
