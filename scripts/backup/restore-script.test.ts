import { DatabaseSync } from "node:sqlite";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkKey, checkMigrations, newManifest, readManifest, writeManifest } from "./manifest.ts";
import { restoreScript, tryScript, type Migration } from "./restore-script.ts";
import { inserts, toRow, type Row } from "./rows.ts";

const migrations: readonly Migration[] = [
  {
    name: "0001.sql",
    sql: `CREATE TABLE videos (id TEXT PRIMARY KEY, state TEXT, title TEXT, bytes BLOB, changes INTEGER DEFAULT 0);
      CREATE TABLE uploads (id TEXT PRIMARY KEY, state TEXT, expires_at INTEGER);
      CREATE TABLE versions (video_id TEXT, version INTEGER, state TEXT);
      CREATE TABLE chunks (video_id TEXT, version INTEGER);
      CREATE TABLE subtitles (video_id TEXT, version INTEGER);
      CREATE TABLE outbox (id TEXT, queue TEXT, body TEXT, created_at INTEGER, due_at INTEGER);
      CREATE TRIGGER counts AFTER INSERT ON videos BEGIN UPDATE videos SET changes = changes + 1; END;`,
  },
  { name: "0002.sql", sql: "ALTER TABLE videos ADD COLUMN later TEXT DEFAULT 'new';" },
];
const restoration = {
  ...{ migrations, applied: ["0001.sql"], existing: [], ownKeys: [], etags: [], nowMs: 0 },
};

describe("rows come back as they were", () => {
  it("whatever they hold, also what is longer than a statement may be", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("'", "''; --", "a\0b", "ü".repeat(70_000)),
    );
    const bytes = fc
      .uint8Array({ maxLength: 50 })
      .map((array) => ({ base64: Buffer.from(array).toString("base64") }));
    const row = fc.record({
      title: fc.oneof(text, fc.constant(null)),
      bytes: fc.oneof(bytes, fc.constant(null)),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 6 }), (rows) => {
        // A lone half of a surrogate pair is no text that SQLite could keep.
        const given: Row[] = rows.map(({ title, bytes: blob }, index) => ({
          ...{
            id: `v${index}`,
            state: "ready",
            title: title?.toWellFormed() ?? null,
            bytes: blob,
            changes: index,
          },
        }));
        const db = new DatabaseSync(":memory:");
        db.exec(
          "CREATE TABLE videos (id TEXT PRIMARY KEY, state TEXT, title TEXT, bytes BLOB, changes INTEGER)",
        );
        for (const statement of inserts("videos", ["id"], given)) {
          expect(Buffer.byteLength(statement)).toBeLessThan(100_000);
          db.exec(statement);
        }
        const read = db.prepare("SELECT * FROM videos ORDER BY id").all();
        db.close();
        expect(read.map((each) => toRow(each))).toEqual(given);
      }),
      { numRuns: 40 },
    );
  });
});

describe("a restore", () => {
  const tables = [
    { table: "videos", rows: [{ id: "v", state: "ready", title: "", bytes: null, changes: 7 }] },
  ];

  it("runs no trigger for rows that were there, and every migration that came since", () => {
    const db = new DatabaseSync(":memory:");
    for (const statement of restoreScript({ ...restoration, tables })) db.exec(statement);
    expect(db.prepare("SELECT changes, later FROM videos").get()).toEqual({ changes: 7, later: "new" });
    db.exec("INSERT INTO videos (id) VALUES ('w')");
    expect(db.prepare("SELECT changes FROM videos WHERE id = 'v'").get()).toEqual({ changes: 8 });
    expect(db.prepare("SELECT name FROM d1_migrations").all()).toHaveLength(2);
    db.close();
  });

  it("takes up again what was being encoded, and says of the rest that it came to nothing", () => {
    const sql = `CREATE TABLE replacements (id TEXT PRIMARY KEY, version INTEGER, state TEXT, percent REAL, priority TEXT);
      CREATE TABLE added_sounds (id TEXT PRIMARY KEY, state TEXT, error_code TEXT, error_message TEXT);`;
    const sound = (id: string, state: string) => ({ id, state, error_code: null, error_message: null });
    const replacement = (id: string, state: string) => ({
      ...{ id, state, version: 3, percent: 40, priority: "high" },
    });
    const db = new DatabaseSync(":memory:");
    const script = restoreScript({
      ...restoration,
      migrations: [...migrations, { name: "0003.sql", sql }],
      applied: ["0001.sql", "0002.sql", "0003.sql"],
      tables: [
        { table: "replacements", rows: [replacement("v1", "processing"), replacement("v2", "error")] },
        { table: "added_sounds", rows: [sound("a", "encoding"), sound("b", "ready")] },
      ],
    });
    for (const statement of script) db.exec(statement);
    expect(db.prepare("SELECT id, state FROM replacements ORDER BY id").all()).toEqual([
      { id: "v1", state: "uploaded" },
      { id: "v2", state: "error" },
    ]);
    const bodies = db.prepare("SELECT body FROM outbox").all() as { body: string }[];
    expect(bodies.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      { kind: "transcode", videoId: "v1", version: 3, priority: "high" },
    ]);
    expect(db.prepare("SELECT id, state, error_code FROM added_sounds ORDER BY id").all()).toEqual([
      { id: "a", state: "failed", error_code: "encodeCancelled" },
      { id: "b", state: "ready", error_code: null },
    ]);
    db.close();
  });

  it("of rows that do not fit is refused before any target is touched", () => {
    const twice = [{ table: "videos", rows: [...(tables[0]?.rows ?? []), ...(tables[0]?.rows ?? [])] }];
    expect(() => tryScript(restoreScript({ ...restoration, tables: twice }))).toThrow(/UNIQUE/);
  });
});

describe("a manifest", () => {
  const part = { file: "x", sizeBytes: 0, sha256: "", rows: 0 };
  const manifest = newManifest({
    ...{ release: "0.1.0", madeAt: "", needs: { sealingKeyFingerprint: "aa" }, migrations: ["0001.sql"] },
    ...{ tables: [], leftOut: [], revocations: part, objects: part, hasMedia: false },
  });

  it("is read as it was written, and in no other way", () => {
    const text = writeManifest(manifest);
    expect(readManifest(text)).toEqual({ ok: true, value: manifest });
    for (const wrong of [text.slice(0, -20), text.replace("0.1.0", "0.1.1"), "", "{}", "null", "[]"])
      expect(readManifest(wrong).ok, wrong).toBe(false);
  });

  it("of another key or a later release is refused", () => {
    expect(checkKey(manifest, "aa").ok).toBe(true);
    expect(checkKey(manifest, "bb").ok).toBe(false);
    expect(checkMigrations(manifest, ["0001.sql", "0002.sql"]).ok).toBe(true);
    expect(checkMigrations(manifest, ["0002.sql"]).ok).toBe(false);
  });
});
