import { hexOf } from "#workers/hex.ts";

const encoder = new TextEncoder();

export function sha256(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", encoder.encode(text));
}

export async function sha256Hex(text: string): Promise<string> {
  return hexOf(new Uint8Array(await sha256(text)));
}
