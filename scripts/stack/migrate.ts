// Applies migrations/ to a local D1, keeping wrangler's own table so that its commands agree.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { unstable_splitSqlQuery } from "wrangler";
import { root } from "../setup.mjs";

type Database = Awaited<ReturnType<Miniflare["getD1Database"]>>;

export async function migrate(db: Database): Promise<readonly string[]> {
  await db
    .prepare(
      `CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
       applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`,
    )
    .run();
  const applied = await db.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const names = new Set(applied.results.map((row) => row.name));
  const directory = join(root, "migrations");
  const pending = readdirSync(directory)
    .filter((name) => name.endsWith(".sql") && !names.has(name))
    .sort();
  for (const name of pending) {
    const statements = unstable_splitSqlQuery(readFileSync(join(directory, name), "utf8"));
    await db.batch([
      ...statements.map((sql) => db.prepare(sql)),
      db.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
  return pending;
}
