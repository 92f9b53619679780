// Whether SEALING_KEY is the one that sealed what the database holds: a few are tried.
import { unseal } from "#workers/access/sealing.ts";
import type { Env } from "#workers/env.ts";
import { openSecrets, type StoredSecret } from "#workers/webhooks/secrets.ts";

const tried = 5;

export async function countSealed(
  env: Env,
  nowMs: number,
): Promise<{ readonly sealed: number; readonly opened: number }> {
  const [keys, hooks] = await Promise.all([
    env.DB.prepare(
      "SELECT id, sealed_secret AS sealed FROM signing_keys WHERE sealed_secret IS NOT NULL ORDER BY id DESC LIMIT ?",
    )
      .bind(tried)
      .all<{ id: string; sealed: string }>(),
    env.DB.prepare("SELECT id, secrets FROM webhooks ORDER BY id DESC LIMIT ?")
      .bind(tried)
      .all<{ id: string; secrets: string }>(),
  ]);
  const opened = await Promise.all([
    ...keys.results.map(async ({ id, sealed }) => (await unseal(env.SEALING_KEY, id, sealed)) !== null),
    ...hooks.results.map(({ id, secrets }) =>
      // Own rows only: what `newSecret` made.
      openSecrets(env.SEALING_KEY, id, JSON.parse(secrets) as readonly StoredSecret[], nowMs).then(
        (keys) => keys !== null,
      ),
    ),
  ]);
  return { sealed: opened.length, opened: opened.filter(Boolean).length };
}
