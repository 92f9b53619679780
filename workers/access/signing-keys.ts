// The keys of playback tokens behind the caches of the edge path. A rotation is known everywhere within seconds
// of use; a revocation does not wait for this, it is in the log of revocations too.
import { signingKeyKey } from "#workers/playback/edge-cache.ts";
import { FreshValues, type Freshness } from "#workers/playback/fresh-values.ts";
import { toSigningKeyRecord, type SigningKeyColumns, type SigningKeyRecord } from "./signing-key.ts";

const known: Freshness = { freshMs: 5_000, staleMs: 60_000 };
const unknown: Freshness = { freshMs: 30_000, staleMs: 0 };

export function signingKeys(): FreshValues<SigningKeyRecord> {
  return new FreshValues({
    memoryBytes: 256 * 1024,
    cacheKey: signingKeyKey,
    load: (env, kid) => readRecord(env.DB, kid),
    freshnessOf: (record) => (record === null ? unknown : known),
  });
}

/** `first-unconstrained`: the nearest replica may answer, a few moments old. */
async function readRecord(db: D1Database, kid: string): Promise<SigningKeyRecord | null> {
  const row = await db
    .withSession("first-unconstrained")
    .prepare(
      "SELECT id, alg, public_jwk, sealed_secret, retires_at, revoked_at FROM signing_keys WHERE id = ?",
    )
    .bind(kid)
    .first<SigningKeyColumns>();
  return row === null ? null : toSigningKeyRecord(row);
}
