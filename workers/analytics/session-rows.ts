// The rows of a shard of session records. A flush is one transaction with its number, so that one whose answer was
// lost can be sent again; what is too old is swept by the alarm.
import type { FlushedSession, RecordedSession, SessionFlush, SessionPosition } from "./session-records.ts";
import { joinReports, type SessionReport } from "./session-report.ts";
import { addUse, sweepUse } from "./usage-rows.ts";

export const retentionMs = 30 * 24 * 3_600_000;
const sweepEveryMs = 24 * 3_600_000;
/** More rows than this at once would keep flushes waiting. */
const sweptRows = 5_000;
/** An isolate that has been silent for so long is gone. */
const isolateGoneMs = 24 * 3_600_000;

export function addFlush(storage: DurableObjectStorage, flush: SessionFlush, nowMs: number): boolean {
  const { sql } = storage;
  return storage.transactionSync(() => {
    createTables(sql);
    const { isolateId, sequence, sessions } = flush;
    const last = sql
      .exec<{ sequence: number }>("SELECT sequence FROM flushes WHERE isolate = ?", isolateId)
      .toArray()[0];
    if (last !== undefined && sequence <= last.sequence) return false;
    sql.exec(
      `INSERT INTO flushes (isolate, sequence, at_ms) VALUES (?, ?, ?)
       ON CONFLICT (isolate) DO UPDATE SET sequence = excluded.sequence, at_ms = excluded.at_ms`,
      isolateId,
      sequence,
      nowMs,
    );
    for (const session of sessions) {
      if (session.report !== null) addSession(sql, session, session.report);
      addUse(sql, session, nowMs);
    }
    return true;
  });
}

function addSession(sql: SqlStorage, session: FlushedSession, told: SessionReport): void {
  const { sessionId, playbackId, videoId, viewerHash, issuedAtMs } = session;
  const before = sql
    .exec<{ report: string }>("SELECT report FROM sessions WHERE id = ?", sessionId)
    .toArray()[0];
  if (before !== undefined) {
    const report = joinReports(JSON.parse(before.report) as SessionReport, told);
    sql.exec("UPDATE sessions SET report = ? WHERE id = ?", JSON.stringify(report), sessionId);
    return;
  }
  sql.exec(
    `INSERT INTO sessions (id, playback_id, video_id, viewer_hash, issued_at_ms, report)
     VALUES (?, ?, ?, ?, ?, ?)`,
    sessionId,
    playbackId,
    videoId,
    viewerHash,
    issuedAtMs,
    JSON.stringify(told),
  );
}

type SessionRow = {
  readonly id: string;
  readonly playback_id: string;
  readonly video_id: string;
  readonly viewer_hash: string | null;
  readonly issued_at_ms: number;
  readonly report: string;
};

export function findSession(
  { sql }: DurableObjectStorage,
  sessionId: string,
  nowMs: number,
): RecordedSession | null {
  createTables(sql);
  const row = sql
    .exec<SessionRow>(
      "SELECT * FROM sessions WHERE id = ? AND issued_at_ms > ?",
      sessionId,
      nowMs - retentionMs,
    )
    .toArray()[0];
  return row === undefined ? null : toSession(row);
}

export interface SessionQuery {
  readonly playbackId: string;
  readonly after: SessionPosition | null;
  readonly limit: number;
}

/** Newest first. The time a session was issued never changes, so pages neither miss nor repeat one. */
export function listSessions(
  { sql }: DurableObjectStorage,
  { playbackId, after, limit }: SessionQuery,
  nowMs: number,
): readonly RecordedSession[] {
  createTables(sql);
  const rows = sql.exec<SessionRow>(
    `SELECT * FROM sessions
     WHERE playback_id = ? AND issued_at_ms > ? AND (issued_at_ms, id) < (?, ?)
     ORDER BY issued_at_ms DESC, id DESC LIMIT ?`,
    playbackId,
    nowMs - retentionMs,
    after?.issuedAtMs ?? Number.MAX_SAFE_INTEGER,
    after?.sessionId ?? "",
    limit,
  );
  return rows.toArray().map(toSession);
}

export async function scheduleSweep(storage: DurableObjectStorage, nowMs: number): Promise<void> {
  if ((await storage.getAlarm()) === null) await storage.setAlarm(nowMs + sweepEveryMs);
}

export async function sweepRows(storage: DurableObjectStorage, nowMs: number): Promise<void> {
  const { sql } = storage;
  createTables(sql);
  sql.exec("DELETE FROM flushes WHERE at_ms <= ?", nowMs - isolateGoneMs);
  const swept = sql.exec(
    "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE issued_at_ms <= ? LIMIT ?)",
    nowMs - retentionMs,
    sweptRows,
  );
  // One write a row and one for each index; without any row nothing is left to do until the next flush.
  const more = swept.rowsWritten >= sweptRows;
  const used = sweepUse(sql, nowMs);
  const left = used || sql.exec("SELECT 1 FROM sessions LIMIT 1").toArray().length > 0;
  if (more || left) await storage.setAlarm(nowMs + (more ? 1_000 : sweepEveryMs));
}

function toSession(row: SessionRow): RecordedSession {
  return {
    sessionId: row.id,
    playbackId: row.playback_id,
    videoId: row.video_id,
    viewerHash: row.viewer_hash,
    issuedAtMs: row.issued_at_ms,
    // Own rows only: written above from typed values.
    report: JSON.parse(row.report) as SessionReport,
  };
}

function createTables(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE IF NOT EXISTS sessions (
       id TEXT PRIMARY KEY,
       playback_id TEXT NOT NULL,
       video_id TEXT NOT NULL,
       viewer_hash TEXT,
       issued_at_ms INTEGER NOT NULL,
       report TEXT NOT NULL
     ) WITHOUT ROWID`,
  );
  sql.exec("CREATE INDEX IF NOT EXISTS sessions_of_playback_id ON sessions (playback_id, issued_at_ms, id)");
  sql.exec("CREATE INDEX IF NOT EXISTS sessions_by_issue ON sessions (issued_at_ms)");
  sql.exec(
    `CREATE TABLE IF NOT EXISTS flushes (
       isolate TEXT PRIMARY KEY,
       sequence INTEGER NOT NULL,
       at_ms INTEGER NOT NULL
     ) WITHOUT ROWID`,
  );
}
