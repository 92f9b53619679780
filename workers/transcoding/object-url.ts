// A task names what its runner may read and write by URLs that are their own credential: a grant and its
// MAC, in the path. Whoever holds one can do that one thing to that one object until it expires, or until the runner
// token that it was signed for is revoked.
import { decodeBase64url, encodeBase64url } from "#workers/base64url.ts";
import { ok, refuse, type Result } from "#workers/result.ts";

/** One object, for one attempt of a task. */
export type ObjectName = {
  readonly key: string;
  /** The fence: a write is refused when the task has been given to another attempt. */
  readonly taskId: string;
  readonly attempt: number;
  /** Of the runner token that claimed: what was signed for it ends with it. Absent: the fleet's own. */
  readonly tokenId?: string;
} & (
  | { readonly method: "GET"; readonly sizeBytes: number }
  | { readonly method: "PUT"; readonly maxBytes: number }
);

export type ObjectGrant = ObjectName & { readonly expiresMs: number };

export type GrantRefusal = "malformed" | "badSignature" | "expired";

/** A task may well take longer: its runner asks for new ones, as long as it holds the lease. */
export const urlSeconds = 3600;

const macBytes = 32;
/** A registered key may have 1,024 bytes, and JSON doubles a quote. */
const longestToken = 4096;
const encoder = new TextEncoder();

/** `{payload}.{mac}`, both base64url: safe in a path. Never logged. */
export function signGrant(secret: string, grant: ObjectGrant): Promise<string> {
  return seal(secret, "", grant);
}

export async function verifyGrant(
  secret: string,
  token: string,
  nowMs: number,
): Promise<Result<ObjectGrant, GrantRefusal>> {
  const grant = await unseal<ObjectGrant>(secret, "", token);
  if (!grant.ok) return grant;
  return nowMs < grant.value.expiresMs ? grant : refuse("expired");
}

/** Not a URL, and no credential by itself: whoever holds the lease gets a new URL of this object for it. */
export function signRenewal(secret: string, name: ObjectName): Promise<string> {
  return seal(secret, "renewal", name);
}

export function verifyRenewal(secret: string, token: string): Promise<Result<ObjectName, GrantRefusal>> {
  return unseal<ObjectName>(secret, "renewal", token);
}

/** Proof that a task was given to this runner token: what others say in its name is not heard. */
export async function signLease(
  secret: string,
  lease: { readonly taskId: string; readonly attempt: number; readonly tokenId: string },
): Promise<string> {
  return encodeBase64url(await macOf(secret, leaseText(lease)));
}

export async function verifyLease(
  secret: string,
  lease: { readonly taskId: string; readonly attempt: number; readonly tokenId: string },
  given: string,
): Promise<boolean> {
  const mac = decodeBase64url(given);
  return mac !== null && (await isMac(secret, leaseText(lease), mac));
}

const leaseText = ({ taskId, attempt, tokenId }: Parameters<typeof signLease>[1]) =>
  `lease.${taskId}.${attempt}.${tokenId}`;

/** What is signed for one purpose is worth nothing for another: payloads have no dot in them. */
const textFor = (purpose: "" | "renewal", payload: string) =>
  purpose === "" ? payload : `${purpose}.${payload}`;

async function seal(secret: string, purpose: "" | "renewal", value: object): Promise<string> {
  const payload = encodeBase64url(encoder.encode(JSON.stringify(value)));
  return `${payload}.${encodeBase64url(await macOf(secret, textFor(purpose, payload)))}`;
}

async function unseal<T>(
  secret: string,
  purpose: "" | "renewal",
  token: string,
): Promise<Result<T, GrantRefusal>> {
  const [payload, mac, ...rest] = token.split(".");
  if (token.length > longestToken || payload === undefined || mac === undefined || rest.length > 0) {
    return refuse("malformed");
  }
  const given = decodeBase64url(mac);
  if (given === null || given.byteLength !== macBytes) return refuse("malformed");
  if (!(await isMac(secret, textFor(purpose, payload), given))) return refuse("badSignature");
  const bytes = decodeBase64url(payload);
  // Signed by us, so it is what `seal` wrote.
  return bytes === null ? refuse("malformed") : ok(JSON.parse(new TextDecoder().decode(bytes)) as T);
}

async function macOf(secret: string, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", await hmacKey(secret), encoder.encode(text)));
}

/** `verify` compares in constant time. */
async function isMac(secret: string, text: string, given: BufferSource): Promise<boolean> {
  return crypto.subtle.verify("HMAC", await hmacKey(secret), given, encoder.encode(text));
}

let imported: { readonly secret: string; readonly key: CryptoKey } | null = null;

async function hmacKey(secret: string): Promise<CryptoKey> {
  if (imported?.secret === secret) return imported.key;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
    "sign",
    "verify",
  ]);
  imported = { secret, key };
  return key;
}
