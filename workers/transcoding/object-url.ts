// A task names what its runner may read and write by URLs that are their own credential: a grant and its
// MAC, in the path. Whoever holds one can do that one thing to that one object until it expires.
import { decodeBase64url, encodeBase64url } from "#workers/base64url.ts";
import { ok, refuse, type Result } from "#workers/result.ts";

export type ObjectGrant =
  | { readonly method: "GET"; readonly key: string; readonly sizeBytes: number; readonly expiresMs: number }
  | {
      readonly method: "PUT";
      readonly key: string;
      readonly maxBytes: number;
      readonly expiresMs: number;
      /** The fence: a write is refused when the task has been given to another attempt. */
      readonly taskId: string;
      readonly attempt: number;
    };

export type GrantRefusal = "malformed" | "badSignature" | "expired";

/** The longest task is one piece of sound; an attempt that outlives its URLs fails and is given anew. */
export const grantLifetimeMs = 6 * 3600 * 1000;

const macBytes = 32;
const longestToken = 2048;
const encoder = new TextEncoder();

/** `{payload}.{mac}`, both base64url: safe in a path. Never logged. */
export async function signGrant(secret: string, grant: ObjectGrant): Promise<string> {
  const payload = encodeBase64url(encoder.encode(JSON.stringify(grant)));
  const mac = await crypto.subtle.sign("HMAC", await hmacKey(secret), encoder.encode(payload));
  return `${payload}.${encodeBase64url(new Uint8Array(mac))}`;
}

export async function verifyGrant(
  secret: string,
  token: string,
  nowMs: number,
): Promise<Result<ObjectGrant, GrantRefusal>> {
  const [payload, mac, ...rest] = token.split(".");
  if (token.length > longestToken || payload === undefined || mac === undefined || rest.length > 0) {
    return refuse("malformed");
  }
  const given = decodeBase64url(mac);
  if (given === null || given.byteLength !== macBytes) return refuse("malformed");
  // `verify` compares in constant time.
  const key = await hmacKey(secret);
  if (!(await crypto.subtle.verify("HMAC", key, given, encoder.encode(payload))))
    return refuse("badSignature");
  const bytes = decodeBase64url(payload);
  if (bytes === null) return refuse("malformed");
  // Signed by us, so it is what `signGrant` wrote.
  const grant = JSON.parse(new TextDecoder().decode(bytes)) as ObjectGrant;
  return nowMs < grant.expiresMs ? ok(grant) : refuse("expired");
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
