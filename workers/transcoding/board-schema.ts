// Tables of jobs and tasks, and how those of an older board become them.

const tables = `
  CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, video_id TEXT NOT NULL, version INTEGER NOT NULL, source TEXT NOT NULL,
    settings TEXT, plan TEXT, failed TEXT, submitted_ms INTEGER NOT NULL,
    progress_sent_ms INTEGER NOT NULL DEFAULT 0, paused INTEGER NOT NULL DEFAULT 0, ended_ms INTEGER,
    reviving INTEGER NOT NULL DEFAULT 0, life INTEGER NOT NULL DEFAULT 1,
    -- Which instance was the last to be given work on the whole file.
    holder TEXT,
    cpu_seconds REAL NOT NULL DEFAULT 0,
    -- When its outside effects are tried (again); NULL when none is owed.
    due_ms INTEGER, effect_failures INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tasks (
    id TEXT PRIMARY KEY, job TEXT NOT NULL, kind TEXT NOT NULL, chunk INTEGER NOT NULL,
    track TEXT NOT NULL DEFAULT '', needs TEXT NOT NULL DEFAULT '[]', class TEXT NOT NULL DEFAULT '',
    priority INTEGER NOT NULL DEFAULT 1, creator TEXT NOT NULL DEFAULT '',
    lane INTEGER NOT NULL, submitted_ms INTEGER NOT NULL, rank INTEGER NOT NULL,
    overdue_ms INTEGER NOT NULL DEFAULT 0, place TEXT NOT NULL DEFAULT 'soon',
    phase TEXT NOT NULL, attempt INTEGER NOT NULL, failures INTEGER NOT NULL,
    lapses INTEGER NOT NULL DEFAULT 0, due_ms INTEGER NOT NULL, undelivered INTEGER NOT NULL,
    runner TEXT, token TEXT, claimed_ms INTEGER, reason TEXT,
    progress REAL NOT NULL DEFAULT 0, weight REAL NOT NULL,
    -- Once in its life a task is kept for the instance that has its file.
    kept_for TEXT, kept_until_ms INTEGER,
    -- Of the lease.
    instance TEXT
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS classes (
    class TEXT PRIMARY KEY, kind TEXT NOT NULL, needs TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS flows (
    priority INTEGER NOT NULL, creator TEXT NOT NULL, class TEXT NOT NULL, turn REAL NOT NULL,
    PRIMARY KEY (priority, creator, class)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS shares (
    priority INTEGER NOT NULL, creator TEXT NOT NULL, turn REAL NOT NULL, PRIMARY KEY (priority, creator)
  ) WITHOUT ROWID;
  -- untold-events.ts
  CREATE TABLE IF NOT EXISTS untold_events (
    event_id TEXT PRIMARY KEY, job TEXT NOT NULL, type TEXT NOT NULL, at_ms INTEGER NOT NULL, data TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS figures (
    name TEXT PRIMARY KEY, value REAL NOT NULL
  ) WITHOUT ROWID;
`;

/** Of tables that were made before they had them. */
const laterColumns: readonly (readonly [table: string, column: string, definition: string])[] = [
  ["tasks", "lapses", "INTEGER NOT NULL DEFAULT 0"],
  ["tasks", "track", "TEXT NOT NULL DEFAULT ''"],
  ["tasks", "needs", "TEXT NOT NULL DEFAULT '[]'"],
  ["tasks", "class", "TEXT NOT NULL DEFAULT ''"],
  ["tasks", "priority", "INTEGER NOT NULL DEFAULT 1"],
  ["tasks", "creator", "TEXT NOT NULL DEFAULT ''"],
  ["tasks", "overdue_ms", "INTEGER NOT NULL DEFAULT 0"],
  // '' until it is known where the task stands, below.
  ["tasks", "place", "TEXT NOT NULL DEFAULT ''"],
  ["tasks", "token", "TEXT"],
  ["tasks", "claimed_ms", "INTEGER"],
  ["tasks", "reason", "TEXT"],
  ["tasks", "kept_for", "TEXT"],
  ["tasks", "kept_until_ms", "INTEGER"],
  ["tasks", "instance", "TEXT"],
  ["jobs", "settings", "TEXT"],
  ["jobs", "paused", "INTEGER NOT NULL DEFAULT 0"],
  ["jobs", "ended_ms", "INTEGER"],
  ["jobs", "reviving", "INTEGER NOT NULL DEFAULT 0"],
  ["jobs", "life", "INTEGER NOT NULL DEFAULT 1"],
  ["jobs", "holder", "TEXT"],
  ["jobs", "cpu_seconds", "REAL NOT NULL DEFAULT 0"],
];

/**
 * The queue's indexes hold waiting tasks only, so that what happens to others writes to none of them. A query must name
 * the place as they do, or SQLite does not take them.
 */
const indexes = `
  DROP INDEX IF EXISTS tasks_in_order;
  DROP INDEX IF EXISTS tasks_by_job;
  CREATE INDEX IF NOT EXISTS tasks_by_share
    ON tasks (priority, creator, class, lane, submitted_ms, rank) WHERE place = 'queue';
  CREATE INDEX IF NOT EXISTS tasks_by_age ON tasks (class, overdue_ms, lane, rank) WHERE place = 'queue';
  CREATE INDEX IF NOT EXISTS tasks_soon ON tasks (due_ms) WHERE place = 'soon';
  CREATE INDEX IF NOT EXISTS tasks_kept ON tasks (kept_until_ms) WHERE place = 'kept';
  CREATE INDEX IF NOT EXISTS tasks_kept_for ON tasks (kept_for) WHERE place = 'kept';
  CREATE INDEX IF NOT EXISTS tasks_leased ON tasks (due_ms) WHERE place = 'lease';
  CREATE INDEX IF NOT EXISTS tasks_of_job ON tasks (job, phase);
  CREATE INDEX IF NOT EXISTS flows_by_turn ON flows (priority, class, turn);
  CREATE INDEX IF NOT EXISTS shares_by_turn ON shares (priority, turn);
  CREATE INDEX IF NOT EXISTS jobs_by_time ON jobs (submitted_ms, id);
  CREATE INDEX IF NOT EXISTS jobs_by_video ON jobs (video_id);
  CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due_ms) WHERE due_ms IS NOT NULL;
`;

export function prepareBoardTables(sql: SqlStorage): void {
  sql.exec(tables);
  for (const [table, column, definition] of laterColumns) {
    const there = sql.exec("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", table, column).toArray();
    if (there.length === 0) sql.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${definition}`);
  }
  sql.exec(indexes);
  // Tasks of an older board: their runners were asked for nothing but H.264 and AAC, which all have.
  sql.exec(
    `UPDATE tasks SET class = kind, overdue_ms = submitted_ms,
       place = CASE phase WHEN 'ready' THEN 'soon' WHEN 'leased' THEN 'lease' ELSE 'over' END
     WHERE place = ''`,
  );
  sql.exec("INSERT OR IGNORE INTO classes SELECT DISTINCT class, kind, needs FROM tasks WHERE class = kind");
}
