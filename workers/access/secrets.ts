const encoder = new TextEncoder();

/** Compares digests, not the texts, so neither the length nor a common prefix of the secret shows in time. */
export async function sameSecret(given: string, expected: string): Promise<boolean> {
  const [a, b] = await Promise.all([digest(given), digest(expected)]);
  return crypto.subtle.timingSafeEqual(a, b);
}

export async function sha256Hex(text: string): Promise<string> {
  const bytes = new Uint8Array(await digest(text));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", encoder.encode(text));
}

/** The token of `Authorization: Bearer …` (RFC 6750 2.1; the scheme is case-insensitive), or null. */
export function bearerToken(headers: Headers): string | null {
  const match = /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i.exec(headers.get("Authorization") ?? "");
  return match?.[1] ?? null;
}
