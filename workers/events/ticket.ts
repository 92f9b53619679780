// A ticket lets its holder listen to events, of one video or of all: for a page that opens a socket, where a key would
// stand in what a browser shows and keeps of its requests.
import { decodeBase64url, encodeBase64url } from "#workers/base64url.ts";
import { ok, refuse, type Result } from "#workers/result.ts";

export interface Ticket {
  /** Null: of all videos. */
  readonly videoId: string | null;
  readonly expiresMs: number;
}

export type TicketRefusal = "malformed" | "badSignature" | "expired";

export const ticketMs = 60_000;

const prefix = "tkt_";
const longest = 512;
const encoder = new TextEncoder();

export function isTicket(credential: string): boolean {
  return credential.startsWith(prefix);
}

/** Of characters that a protocol's name may have (RFC 9110 5.6.2). */
export async function signTicket(secret: string, ticket: Ticket): Promise<string> {
  const payload = encodeBase64url(encoder.encode(JSON.stringify(ticket)));
  const mac = await crypto.subtle.sign("HMAC", await hmacKey(secret), signed(payload));
  return `${prefix}${payload}.${encodeBase64url(new Uint8Array(mac))}`;
}

export async function readTicket(
  secret: string,
  text: string,
  nowMs: number,
): Promise<Result<Ticket, TicketRefusal>> {
  const [payload, mac, ...rest] = text.slice(prefix.length).split(".");
  if (!isTicket(text) || text.length > longest || payload === undefined || rest.length > 0)
    return refuse("malformed");
  const [bytes, given] = [decodeBase64url(payload), decodeBase64url(mac ?? "")];
  if (bytes === null || given === null) return refuse("malformed");
  // `verify` compares in constant time.
  if (!(await crypto.subtle.verify("HMAC", await hmacKey(secret), given, signed(payload))))
    return refuse("badSignature");
  // Signed by us, so it is what `signTicket` wrote.
  const ticket = JSON.parse(new TextDecoder().decode(bytes)) as Ticket;
  return nowMs < ticket.expiresMs ? ok(ticket) : refuse("expired");
}

/** What is signed for one purpose is worth nothing for another: payloads have no dot in them. */
const signed = (payload: string) => encoder.encode(`events.${payload}`);

function hmacKey(secret: string): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign", "verify"]);
}
