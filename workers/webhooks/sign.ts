// The headers of a delivery, by Standard Webhooks 1.0.0.

export interface Signed {
  readonly eventId: string;
  readonly body: string;
  readonly atMs: number;
}

const encoder = new TextEncoder();

/** Without the signature: what the log of deliveries shows. */
export function plainHeaders(eventId: string, atMs: number): Readonly<Record<string, string>> {
  return {
    "Content-Type": "application/json",
    "User-Agent": "Sluice-Webhooks/1",
    "webhook-id": eventId,
    "webhook-timestamp": String(secondsOf(atMs)),
  };
}

/** "Multiple signatures": space delimited, one for each secret that is good at the time. */
export async function signatureHeader(
  { eventId, body, atMs }: Signed,
  secrets: readonly Uint8Array[],
): Promise<string> {
  // "Signature scheme": the id, the timestamp and the payload, with full stops between.
  const content = encoder.encode(`${eventId}.${secondsOf(atMs)}.${body}`);
  const signatures = await Promise.all(secrets.map(async (secret) => `v1,${await hmac(secret, content)}`));
  return signatures.join(" ");
}

const secondsOf = (atMs: number) => Math.floor(atMs / 1000);

async function hmac(secret: Uint8Array, content: Uint8Array): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, content);
  return btoa(String.fromCharCode(...new Uint8Array(mac)));
}
