// A signing key's end: its tokens, the sessions made with them, what would renew them.
import type { Env } from "#workers/env.ts";
import { keyHash } from "./credential-hash.ts";
import { forEverSeconds, signingKeySubject } from "./revocation-log.ts";
import { findSigningKey, revokeSigningKey } from "./signing-key-store.ts";

/** False when there is no such key, or it was revoked before. */
export async function endSigningKey(
  env: Pick<Env, "DB" | "REVOCATIONS">,
  id: string,
  nowMs: number,
): Promise<boolean> {
  const key = await findSigningKey(env.DB, id);
  if (key === null || key.revokedAt !== null) return false;
  const hash = signingKeySubject(await keyHash(id));
  // The log first: it may be told twice, and while the row says "active" a call that failed here can be repeated.
  await env.REVOCATIONS.getByName("all").revoke([
    { kind: "signingKey", hash, issuedBeforeSeconds: forEverSeconds, reason: "revoked" },
  ]);
  return revokeSigningKey(env.DB, id, nowMs);
}
