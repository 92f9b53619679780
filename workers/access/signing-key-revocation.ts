// A signing key's end: its tokens, the sessions made with them, what would renew them.
import type { Env } from "#workers/env.ts";
import { keyHash } from "./credential-hash.ts";
import { forEverSeconds, signingKeySubject } from "./revocation-log.ts";
import { revoke } from "./revocations-client.ts";
import { findSigningKey, revokeSigningKey } from "./signing-key-store.ts";

/** `unknown`: there is no such key, or it was revoked before. `unavailable`: nothing has changed. */
export async function endSigningKey(
  env: Pick<Env, "DB" | "REVOCATIONS">,
  id: string,
  nowMs: number,
): Promise<"revoked" | "unknown" | "unavailable"> {
  const key = await findSigningKey(env.DB, id);
  if (key === null || key.revokedAt !== null) return "unknown";
  const hash = signingKeySubject(await keyHash(id));
  // The log first: it may be told twice, and while the row says "active" a call that failed here can be repeated.
  const ended = await revoke(env, [
    { kind: "signingKey", hash, issuedBeforeSeconds: forEverSeconds, reason: "revoked" },
  ]);
  if (!ended.ok) return "unavailable";
  return (await revokeSigningKey(env.DB, id, nowMs)) ? "revoked" : "unknown";
}
