// The folder of a local stack that is stopped: its Worker is started for this alone, without runners and cron.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { secretFingerprint } from "#workers/access/secret-fingerprint.ts";
import { buildWeb } from "../stack/bundle.ts";
import { migrate } from "../stack/migrate.ts";
import { secretsOf } from "../stack/secrets.ts";
import { adminKey, takeLock } from "../stack/stack.ts";
import { startWorker } from "../stack/worker.ts";
import { Bucket } from "./bucket.ts";
import { Refusal } from "./checked.ts";
import { Deployment } from "./deployment.ts";
import { textsOf, toRow, type Row } from "./rows.ts";
import { namesOfMigrations, namesOfTables, type Target } from "./target.ts";

const pageRows = 500;

/** Of the secrets that lie in the folder; nothing is written. */
export async function localFingerprint(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, "secrets.json");
  if (!existsSync(path)) {
    throw new Refusal(
      `${dataDirectory} has no secrets.json. Put there the one of the stack that was backed up: what is sealed opens with its SEALING_KEY alone`,
    );
  }
  const { SEALING_KEY = "" } = JSON.parse(readFileSync(path, "utf8")) as { readonly SEALING_KEY?: string };
  return secretFingerprint("SEALING_KEY", SEALING_KEY);
}

export async function openLocal(dataDirectory: string, isNew: boolean): Promise<Target> {
  if (!isNew && !existsSync(join(dataDirectory, "state")))
    throw new Refusal(`${dataDirectory} is no folder of a local stack`);
  const unlock = takeLock(dataDirectory);
  try {
    await buildWeb();
    const secrets = secretsOf(dataDirectory);
    const worker = await startWorker({ dataDirectory, port: 0, secrets, unlimited: true, s3: true });
    const db = await worker.miniflare.getD1Database("DB");
    const all = async (sql: string): Promise<readonly Row[]> => {
      const { results } = await db.prepare(sql).all();
      return results.map(toRow);
    };
    const { s3 } = worker;
    if (s3 === null) throw new Error("the stack has no S3 endpoint");
    const bucket = new Bucket(s3);
    const close = async () => {
      bucket.close();
      await worker.dispose();
      unlock();
    };
    try {
      if (isNew && (await all(namesOfTables)).length === 0) await migrate(db);
      const key = await adminKey(worker, dataDirectory);
      return {
        deployment: new Deployment(worker.url, key),
        bucket,
        query: all,
        close,
        // Nobody else writes: the folder is locked.
        dump: async () => ({
          names: textsOf(await all(namesOfTables), "name"),
          migrations: textsOf(await all(namesOfMigrations), "name"),
          async *rows(table) {
            for (let offset = 0; ; offset += pageRows) {
              const page = await all(`SELECT * FROM "${table}" LIMIT ${pageRows} OFFSET ${offset}`);
              yield* page;
              if (page.length < pageRows) return;
            }
          },
          close: () => undefined,
        }),
        execute: async (script) => {
          await db.batch(script.map((sql) => db.prepare(sql)));
        },
      };
    } catch (error) {
      await close();
      throw error;
    }
  } catch (error) {
    unlock();
    throw error;
  }
}
