// A deployment in an account: D1 by wrangler, the bucket by R2's S3 endpoint, the rest by the API.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { unstable_readConfig } from "wrangler";
import { root } from "../setup.mjs";
import { Bucket } from "./bucket.ts";
import { Refusal } from "./checked.ts";
import { Deployment } from "./deployment.ts";
import { toRow, type Row } from "./rows.ts";
import { namesOfMigrations, namesOfTables, type Target } from "./target.ts";

export interface RemoteOptions {
  /** Of wrangler.toml; undefined for what `npm run deploy` deploys. */
  readonly env: string | undefined;
  readonly url: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

const needed = [
  "SLUICE_API_KEY",
  "R2_S3_ENDPOINT",
  "R2_S3_ACCESS_KEY_ID",
  "R2_S3_SECRET_ACCESS_KEY",
] as const;

export function openRemote({ env, url, variables }: RemoteOptions): Target {
  const missing = needed.filter((name) => !variables[name]);
  if (missing.length > 0) throw new Refusal(`set ${missing.join(", ")} in the environment (docs/backup.md)`);
  const value = (name: (typeof needed)[number]) => variables[name] ?? "";
  const inEnvironment = env === undefined ? [] : ["--env", env];
  const config = unstable_readConfig({
    config: join(root, "wrangler.toml"),
    ...(env === undefined ? {} : { env }),
  }) as {
    readonly d1_databases: readonly { readonly database_name: string }[];
    readonly r2_buckets: readonly { readonly bucket_name: string }[];
  };
  const database = config.d1_databases[0]?.database_name;
  const bucketName = variables["R2_S3_BUCKET"] ?? config.r2_buckets[0]?.bucket_name;
  if (database === undefined || bucketName === undefined) throw new Error("wrangler.toml names no D1 or R2");
  const scratch = mkdtempSync(join(tmpdir(), "sluice-backup-"));
  const wrangler = (args: readonly string[]): string => {
    const run = spawnSync("wrangler", [...args, "--remote", ...inEnvironment], {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 2 ** 30,
      env: { ...process.env, CI: "1" },
    });
    if (run.status !== 0)
      throw new Refusal(`\`wrangler ${args.slice(0, 3).join(" ")}\` failed:\n${run.stdout}${run.stderr}`);
    return run.stdout;
  };
  const query = (sql: string): readonly Row[] => {
    const output = wrangler(["d1", "execute", database, "--json", "--command", sql]);
    const [answer] = JSON.parse(output.slice(output.indexOf("["))) as readonly {
      readonly results: readonly Record<string, unknown>[];
    }[];
    return (answer?.results ?? []).map(toRow);
  };
  const bucket = new Bucket({
    endpoint: value("R2_S3_ENDPOINT"),
    bucket: bucketName,
    accessKeyId: value("R2_S3_ACCESS_KEY_ID"),
    secretAccessKey: value("R2_S3_SECRET_ACCESS_KEY"),
  });
  return {
    deployment: new Deployment(url, value("SLUICE_API_KEY")),
    bucket,
    query: async (sql) => query(sql),
    // One export is of one moment: D1 answers nobody else meanwhile.
    dump: async () => {
      const file = join(scratch, "export.sql");
      wrangler(["d1", "export", database, "--output", file]);
      const db = new DatabaseSync(":memory:");
      // Tables come in the order of their names.
      db.exec("PRAGMA foreign_keys = OFF");
      db.exec(readFileSync(file, "utf8"));
      rmSync(file);
      const names = (sql: string) =>
        db
          .prepare(sql)
          .all()
          .map(({ name }) => String(name));
      return {
        names: names(namesOfTables),
        migrations: names(namesOfMigrations),
        *rows(table) {
          for (const row of db.prepare(`SELECT * FROM "${table}"`).iterate()) yield toRow(row);
        },
        close: () => db.close(),
      };
    },
    // D1 takes a file as one import, and goes back to what was there when it fails.
    execute: async (script) => {
      const file = join(scratch, "restore.sql");
      writeFileSync(file, script.map((sql) => `${sql.replace(/;\s*$/, "")};\n`).join(""), { mode: 0o600 });
      wrangler(["d1", "execute", database, "--yes", "--file", file]);
    },
    close: async () => {
      bucket.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}
