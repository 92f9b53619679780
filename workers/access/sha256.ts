const encoder = new TextEncoder();

export function sha256(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", encoder.encode(text));
}

export async function sha256Hex(text: string): Promise<string> {
  const bytes = new Uint8Array(await sha256(text));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
