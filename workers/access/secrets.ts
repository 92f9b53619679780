import { sha256 } from "./sha256.ts";

/** Compares digests, not the texts, so neither the length nor a common prefix of the secret shows in time. */
export async function sameSecret(given: string, expected: string): Promise<boolean> {
  const [a, b] = await Promise.all([sha256(given), sha256(expected)]);
  return crypto.subtle.timingSafeEqual(a, b);
}

/** The token of `Authorization: Bearer …` (RFC 6750 2.1; the scheme is case-insensitive), or null. */
export function bearerToken(headers: Headers): string | null {
  const match = /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i.exec(headers.get("Authorization") ?? "");
  return match?.[1] ?? null;
}
