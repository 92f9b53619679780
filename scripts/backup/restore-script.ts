// The statements that make a database of a backup: run as one transaction, all of them hold or none does. They are
// tried in memory first, so a target is not touched by what it could not take.
import { DatabaseSync } from "node:sqlite";
import { unstable_splitSqlQuery } from "wrangler";
import { newId } from "#workers/ids.ts";
import { inserts, literal, textOf, type Row } from "./rows.ts";

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export interface RestoredTable {
  readonly table: string;
  readonly rows: readonly Row[];
}

export interface Restoration {
  /** All there are, in order. */
  readonly migrations: readonly Migration[];
  /** Those that the backup had. */
  readonly applied: readonly string[];
  readonly tables: readonly RestoredTable[];
  /** Tables of the target, which is empty but for what `npm run deploy` put there. */
  readonly existing: readonly string[];
  /** The target's API keys stay. */
  readonly ownKeys: readonly Row[];
  /** Of objects that were put anew, those whose ETag is another: their key, and it. */
  readonly etags: readonly { readonly key: string; readonly etag: string }[];
  readonly nowMs: number;
}

const migrationsTable = `CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`;

function statementsOf({ name, sql }: Migration): readonly string[] {
  return [...unstable_splitSqlQuery(sql), `INSERT INTO d1_migrations (name) VALUES (${literal(name)})`];
}

/** What the migrations of the backup make, known by making it in memory. */
function shapeOf(migrations: readonly Migration[]) {
  const db = new DatabaseSync(":memory:");
  try {
    db.exec(migrationsTable);
    for (const statement of migrations.flatMap(statementsOf)) db.exec(statement);
    const triggers = db.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all() as {
      readonly name: string;
      readonly sql: string;
    }[];
    const keyOf = (table: string): readonly string[] =>
      db
        .prepare("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk")
        .all(table)
        .map(({ name }) => String(name));
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    return {
      triggers,
      keys: new Map(tables.map(({ name }) => [String(name), keyOf(String(name))] as const)),
    };
  } finally {
    db.close();
  }
}

export function restoreScript(restoration: Restoration): readonly string[] {
  const { migrations, applied, tables, existing, ownKeys, etags, nowMs } = restoration;
  // In the order in which the backup had them: where names were added between, theirs is the one that worked.
  const before = applied.flatMap((name) => migrations.filter((migration) => migration.name === name));
  const after = migrations.filter(({ name }) => !applied.includes(name));
  const { triggers, keys } = shapeOf(before);
  return [
    "PRAGMA defer_foreign_keys = TRUE",
    ...existing.map((table) => `DROP TABLE IF EXISTS "${table}"`),
    migrationsTable,
    "DELETE FROM d1_migrations",
    ...before.flatMap(statementsOf),
    // Rows are as they were: what a trigger does on a change was done.
    ...triggers.map(({ name }) => `DROP TRIGGER "${name}"`),
    ...tables.flatMap(({ table, rows }) => [...inserts(table, keys.get(table) ?? [], rows)]),
    // A count that is another one breaks the check, and with it all of this.
    "CREATE TABLE restore_check (difference INTEGER NOT NULL CHECK (difference = 0))",
    ...tables.map(
      ({ table, rows }) => `INSERT INTO restore_check SELECT COUNT(*) - ${rows.length} FROM "${table}"`,
    ),
    "DROP TABLE restore_check",
    ...ownKeys.flatMap((row) =>
      [...inserts("api_keys", ["id"], [row])].map((sql) => sql.replace(/^INSERT /, "INSERT OR IGNORE ")),
    ),
    ...triggers.map(({ sql }) => sql),
    ...after.flatMap(statementsOf),
    ...["videos", "replacements"]
      .filter((table) => keys.has(table))
      .flatMap((table) =>
        etags.map(
          ({ key, etag }) =>
            `UPDATE ${table} SET source_etag = ${literal(etag)} WHERE source_key = ${literal(key)} AND source_etag IS NOT NULL`,
        ),
      ),
    ...takenUpAgain(tables, nowMs),
  ];
}

export interface InFlight {
  readonly videoId: string;
  readonly version: number;
}

interface BegunAnew extends InFlight {
  readonly table: "videos" | "replacements";
  readonly row: Row;
}

const rowsOf = (tables: readonly RestoredTable[], name: string): readonly Row[] =>
  tables.find(({ table }) => table === name)?.rows ?? [];

/** What was being encoded: the task board that knew of it is not in a backup, so it begins anew. */
export function inFlight(tables: readonly RestoredTable[]): readonly BegunAnew[] {
  // A clip has nothing of its own to be encoded.
  const isWorkedOn = ({ state, clip_of: clipOf }: Row): boolean =>
    (state === "uploaded" || state === "processing") && (clipOf ?? null) === null;
  return (["videos", "replacements"] as const).flatMap((table) =>
    rowsOf(tables, table)
      .filter(isWorkedOn)
      .map((row) => ({ videoId: textOf(row, "id"), version: Number(row["version"]), table, row })),
  );
}

function takenUpAgain(tables: readonly RestoredTable[], nowMs: number): readonly string[] {
  const statements = inFlight(tables).flatMap(({ videoId, version, table, row }) => {
    const of = `video_id = ${literal(videoId)} AND version = ${version}`;
    const outboxId = newId("message", nowMs);
    const priority = row["priority"] === "high" ? { priority: "high" } : {};
    const body = JSON.stringify({ kind: "transcode", videoId, version, ...priority, outboxId });
    return [
      `DELETE FROM chunks WHERE ${of}`,
      `DELETE FROM subtitles WHERE ${of}`,
      `DELETE FROM versions WHERE ${of} AND state = 'encoding'`,
      table === "videos" ? videoBegunAnew(videoId) : replacementBegunAnew(videoId),
      `INSERT INTO outbox (id, queue, body, created_at, due_at)
       VALUES (${literal(outboxId)}, 'transcode', ${literal(body)}, ${nowMs}, ${nowMs})`,
    ];
  });
  // Their sessions are gone: the next sweep finds that nobody knows them, and ends them as any that expired.
  return [
    ...statements,
    ...rowsOf(tables, "added_sounds").flatMap(soundGivenUp),
    "UPDATE uploads SET expires_at = 0 WHERE state = 'open'",
  ];
}

/** Another generation: what a cache kept of the version that was begun is not of this one. */
const videoBegunAnew = (videoId: string): string =>
  `UPDATE videos SET state = 'uploaded', percent = 0, generation = generation + 1, playable = EXISTS (
     SELECT 1 FROM versions WHERE video_id = ${literal(videoId)}) WHERE id = ${literal(videoId)}`;

const replacementBegunAnew = (videoId: string): string =>
  `UPDATE replacements SET state = 'uploaded', percent = 0 WHERE id = ${literal(videoId)}`;

/** It stands in a version that is whole, whose objects stay: half of a sound can't be told from them. */
function soundGivenUp(row: Row): readonly string[] {
  if (row["state"] !== "encoding") return [];
  const message = "The deployment was restored from a backup before it was encoded: add it again.";
  return [
    `UPDATE added_sounds SET state = 'failed', error_code = 'encodeCancelled', error_message = ${literal(message)}
     WHERE id = ${literal(textOf(row, "id"))}`,
  ];
}

/** Throws what SQLite says against it. */
export function tryScript(script: readonly string[]): void {
  const db = new DatabaseSync(":memory:");
  try {
    db.exec("BEGIN");
    for (const statement of script) db.exec(statement);
    db.exec("COMMIT");
  } finally {
    db.close();
  }
}
