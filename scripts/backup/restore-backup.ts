// A backup into an empty stack. First all that can be known without touching it; then what nobody sees (revocations,
// objects); last the rows, in one transaction.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { versionPrefix } from "#workers/storage/keys.ts";
import { root } from "../setup.mjs";
import { must, Refusal } from "./checked.ts";
import { checkMigrations } from "./manifest.ts";
import type { Backup } from "./read-backup.ts";
import { inFlight, restoreScript, tryScript, type Migration } from "./restore-script.ts";
import { literal, textsOf } from "./rows.ts";
import { namesOfMigrations, namesOfTables, type Target } from "./target.ts";

export function migrationsHere(): readonly Migration[] {
  const directory = join(root, "migrations");
  return readdirSync(directory)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => ({ name, sql: readFileSync(join(directory, name), "utf8") }));
}

/** What a deployment that nobody used yet has none of. */
const usedTables = ["videos", "uploads", "playback_ids", "signing_keys", "webhooks"];

/** Without a target: throws where the backup could not be restored at all. */
export function rehearse({ manifest, tables }: Backup): void {
  const migrations = migrationsHere();
  must(
    checkMigrations(
      manifest,
      migrations.map(({ name }) => name),
    ),
  );
  const script = restoreScript({
    ...{ migrations, applied: manifest.migrations, tables, nowMs: 0 },
    ...{ existing: [], ownKeys: [], etags: [] },
  });
  try {
    tryScript(script);
  } catch (error) {
    throw new Refusal(`the backup's rows do not fit its own schema: ${String(error)}`);
  }
}

export async function restoreBackup(
  target: Target,
  backup: Backup,
  say: (line: string) => void,
): Promise<void> {
  const { manifest, tables, revocations, objects } = backup;
  const existing = textsOf(await target.query(namesOfTables), "name");
  for (const table of usedTables.filter((name) => existing.includes(name))) {
    const [row] = await target.query(`SELECT COUNT(*) AS n FROM "${table}"`);
    if (row?.["n"] !== 0)
      throw new Refusal(
        `the target is not empty: ${table} has ${row === undefined ? "no" : literal(row["n"] ?? null)} rows. Restore into a new one`,
      );
  }
  const ownKeys = existing.includes("api_keys") ? await target.query("SELECT * FROM api_keys") : [];
  await target.deployment.restoreRevocations(revocations);
  say(`${revocations.length} revocations hold again`);
  const etags = await restoreObjects(target, backup);
  say(`${objects.length} objects are in the bucket`);
  const migrations = migrationsHere();
  const script = restoreScript({
    ...{ migrations, applied: manifest.migrations, tables, existing, ownKeys, etags },
    nowMs: Date.now(),
  });
  await target.execute(script);
  const applied = await target.query(namesOfMigrations);
  if (applied.length !== migrations.length)
    throw new Error(`${applied.length} of ${migrations.length} migrations are applied`);
  const begunAnew = inFlight(tables).length;
  say(
    `${tables.reduce((sum, { rows }) => sum + rows.length, 0)} rows; schema ${manifest.migrations.at(-1)} taken on to ${migrations.at(-1)?.name}`,
  );
  if (begunAnew > 0) say(`${begunAnew} videos were being encoded: it begins anew`);
}

/** Which of them have another ETag now. */
async function restoreObjects({ bucket }: Target, { tables, objects, directory }: Backup) {
  const begun = inFlight(tables).map(({ videoId, version }) => versionPrefix(videoId, version));
  // Chunk objects are create-only: what an encode that was cut short has left would be in the way of the next.
  for (const prefix of begun) for await (const key of bucket.keys(prefix)) await bucket.delete(key);
  const changed: { readonly key: string; readonly etag: string }[] = [];
  for (const object of objects) {
    if (begun.some((prefix) => object.key.startsWith(prefix))) continue;
    const etag = await bucket.put(directory, object);
    if (etag !== object.etag) changed.push({ key: object.key, etag });
  }
  return changed;
}
