// What was watched of each video on each day, in the shard of the sessions that watched it. It is added in the transaction
// of a flush with its number, so nothing is counted twice.
import type { DayOfUse, FlushedSession } from "./session-records.ts";

/** Long enough for two summers to be compared. */
const keptDays = 800;
/** Sessions are renewed for some hours; one that comes back after a week is another view. */
const viewKeptMs = 7 * 24 * 3_600_000;
const sweptRows = 5_000;

export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** A view is a session that was sent some of the film. */
export function addUse(sql: SqlStorage, session: FlushedSession, nowMs: number): void {
  // Isolates of before there was any do not say.
  const delivered = session.delivered ?? null;
  if (delivered === null || (delivered.bytes === 0 && delivered.mediaMs === 0)) return;
  createTables(sql);
  const { sessionId, videoId } = session;
  let views = 0;
  if (delivered.mediaMs > 0) {
    const known = sql.exec("SELECT 1 FROM viewed WHERE session = ?", sessionId).toArray().length > 0;
    views = known ? 0 : 1;
    sql.exec(
      "INSERT INTO viewed (session, at_ms) VALUES (?, ?) ON CONFLICT (session) DO UPDATE SET at_ms = excluded.at_ms",
      sessionId,
      nowMs,
    );
  }
  const added = [dayOf(nowMs), views, delivered.bytes, delivered.mediaMs] as const;
  const adds =
    "views = views + excluded.views, bytes = bytes + excluded.bytes, media_ms = media_ms + excluded.media_ms";
  sql.exec(
    `INSERT INTO video_usage (day, views, bytes, media_ms, video_id) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (video_id, day) DO UPDATE SET ${adds}`,
    ...added,
    videoId,
  );
  sql.exec(
    `INSERT INTO day_usage (day, views, bytes, media_ms) VALUES (?, ?, ?, ?) ON CONFLICT (day) DO UPDATE SET ${adds}`,
    ...added,
  );
}

/** Of the days that have any, oldest first; both ends belong to it. */
export function usageOf(
  { sql }: DurableObjectStorage,
  /** Null: all of them, also of those that were deleted. */
  videoId: string | null,
  fromDay: string,
  toDay: string,
): readonly DayOfUse[] {
  createTables(sql);
  const [rows, ...bindings] =
    videoId === null ? ["day_usage WHERE"] : ["video_usage WHERE video_id = ? AND", videoId];
  return sql
    .exec<{ day: string; views: number; bytes: number; media_ms: number }>(
      `SELECT day, views, bytes, media_ms FROM ${rows} day >= ? AND day <= ? ORDER BY day`,
      ...bindings,
      fromDay,
      toDay,
    )
    .toArray()
    .map(({ day, views, bytes, media_ms: mediaMs }) => ({ day, views, bytes, mediaMs }));
}

/** True while there is something to sweep some day. */
export function sweepUse(sql: SqlStorage, nowMs: number): boolean {
  createTables(sql);
  sql.exec(
    "DELETE FROM viewed WHERE session IN (SELECT session FROM viewed WHERE at_ms <= ? LIMIT ?)",
    nowMs - viewKeptMs,
    sweptRows,
  );
  for (const table of ["video_usage", "day_usage"])
    sql.exec(`DELETE FROM ${table} WHERE day < ?`, dayOf(nowMs - keptDays * 24 * 3_600_000));
  return sql.exec("SELECT 1 FROM day_usage LIMIT 1").toArray().length > 0;
}

function createTables(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE IF NOT EXISTS video_usage (
       video_id TEXT NOT NULL,
       day TEXT NOT NULL,
       views INTEGER NOT NULL,
       bytes INTEGER NOT NULL,
       media_ms INTEGER NOT NULL,
       PRIMARY KEY (video_id, day)
     ) WITHOUT ROWID`,
  );
  const isCounted = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'day_usage'").toArray().length > 0;
  if (!isCounted) {
    sql.exec(
      "CREATE TABLE day_usage (day TEXT PRIMARY KEY, views INTEGER NOT NULL, bytes INTEGER NOT NULL, media_ms INTEGER NOT NULL) WITHOUT ROWID",
    );
    // Of before days were added up.
    sql.exec(
      `INSERT INTO day_usage (day, views, bytes, media_ms)
       SELECT day, sum(views), sum(bytes), sum(media_ms) FROM video_usage GROUP BY day`,
    );
  }
  sql.exec(
    "CREATE TABLE IF NOT EXISTS viewed (session TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID",
  );
}
