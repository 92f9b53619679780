// Quotas of creators in D1, and what of them is used. Plain statements: uploads load this.
import { toleratedSeconds } from "#workers/uploads/terms.ts";

export interface Quota {
  readonly maxMinutes: number | null;
  readonly maxBytes: number | null;
  readonly maxSimultaneousEncodes: number | null;
}

export interface Used {
  readonly seconds: number;
  /** Of files that are there. */
  readonly bytes: number;
  /** Of uploads that are open. */
  readonly heldBytes: number;
}

interface QuotaRow {
  readonly max_minutes: number | null;
  readonly max_bytes: number | null;
  readonly max_simultaneous_encodes: number | null;
}

/** A failed video counts while its file plays as it came, and a clip has none of its own. Of a row of `videos`, `o`. */
const hasFile = "o.clip_of IS NULL AND (o.playable = 1 OR o.state IN ('uploaded', 'processing', 'ready'))";
/** How long a file says that it is, before anybody asked whether that fits, is nobody's minutes yet. */
const isTaken = "(o.playable = 1 OR o.state <> 'uploaded')";
/** With the creator as parameter ?1; without the video that `but` names. */
const usedBytes = (but = "''") => `(SELECT coalesce(sum(o.source_size_bytes), 0) FROM videos o
  WHERE o.creator = ?1 AND o.id <> ${but} AND ${hasFile})`;
const usedSeconds = (but = "''") => `(SELECT coalesce(sum(o.duration_seconds), 0) FROM videos o
  WHERE o.creator = ?1 AND o.id <> ${but} AND ${hasFile} AND ${isTaken})`;
const heldBytes = "(SELECT coalesce(sum(bytes), 0) FROM quota_holds WHERE creator = ?1)";

export async function findQuota(db: D1Database, creator: string): Promise<Quota | null> {
  const row = await db
    .prepare("SELECT max_minutes, max_bytes, max_simultaneous_encodes FROM creator_quotas WHERE creator = ?")
    .bind(creator)
    .first<QuotaRow>();
  return row === null
    ? null
    : {
        maxMinutes: row.max_minutes,
        maxBytes: row.max_bytes,
        maxSimultaneousEncodes: row.max_simultaneous_encodes,
      };
}

export async function usedBy(db: D1Database, creator: string): Promise<Used> {
  const row = await db
    .prepare(`SELECT ${usedSeconds()} AS seconds, ${usedBytes()} AS bytes, ${heldBytes} AS heldBytes`)
    .bind(creator)
    .first<Used>();
  return row ?? { seconds: 0, bytes: 0, heldBytes: 0 };
}

export async function putQuota(db: D1Database, creator: string, quota: Quota, nowMs: number): Promise<void> {
  await db
    .prepare(
      `INSERT OR REPLACE INTO creator_quotas
         (creator, max_minutes, max_bytes, max_simultaneous_encodes, updated_at) VALUES (?, ?, ?, ?, ?)`,
    )
    .bind(creator, quota.maxMinutes, quota.maxBytes, quota.maxSimultaneousEncodes, nowMs)
    .run();
}

/** False when there was none. */
export async function deleteQuota(db: D1Database, creator: string): Promise<boolean> {
  const { meta } = await db.prepare("DELETE FROM creator_quotas WHERE creator = ?").bind(creator).run();
  return meta.changes > 0;
}

export interface Hold {
  readonly uploadId: string;
  readonly creator: string;
  /** Null: nobody says how long the file is, and all that is left is held. */
  readonly bytes: number | null;
  /** The video whose file it takes the place of, which it is measured without. */
  readonly replaces: string | null;
  /** A sound of a film that is there: it has no minutes of its own. */
  readonly isSound: boolean;
}

/**
 * One statement, so that of two uploads that would each fit alone one is refused. Returns the bytes that are held and
 * the seconds that are left, null where there is no such limit; and null where it does not fit.
 */
export async function hold(
  db: D1Database,
  { uploadId, creator, bytes, replaces, isSound }: Hold,
  nowMs: number,
): Promise<{ readonly bytes: number | null; readonly seconds: number | null } | null> {
  const left = `(q.max_bytes - ${usedBytes("?5")} - ${heldBytes})`;
  const [held, time] = await db.batch<{ bytes: number; seconds: number | null }>([
    db
      .prepare(
        `INSERT INTO quota_holds (upload_id, creator, bytes, created_at)
         SELECT ?2, q.creator, coalesce(?3, max(${left}, 0), 0), ?4 FROM creator_quotas q
         WHERE q.creator = ?1
           AND (q.max_bytes IS NULL OR ${left} >= max(coalesce(?3, 1), 1))
           AND (?6 OR q.max_minutes IS NULL OR ${usedSeconds("?5")} < q.max_minutes * 60)
         RETURNING bytes`,
      )
      .bind(creator, uploadId, bytes, nowMs, replaces ?? "", isSound ? 1 : 0),
    db
      .prepare(
        `SELECT q.max_bytes AS bytes,
           CASE ?3 WHEN 1 THEN NULL ELSE q.max_minutes * 60 - ${usedSeconds("?2")} END AS seconds
         FROM creator_quotas q WHERE q.creator = ?1`,
      )
      .bind(creator, replaces ?? "", isSound ? 1 : 0),
  ]);
  const [row] = held?.results ?? [];
  const [limits] = time?.results ?? [];
  if (row === undefined || limits === undefined) return null;
  return { bytes: limits.bytes === null ? null : row.bytes, seconds: limits.seconds };
}

export interface HeldFilm {
  /** Of the upload, or of the job. */
  readonly holdId: string;
  readonly videoId: string;
  readonly seconds: number;
  /** It takes the place of a film that the video has, whose minutes come back. */
  readonly replaces: boolean;
}

/**
 * Before a video says how long it is. One statement, as above: false where the film does not fit beside those that are
 * there. Said again, it is the same; the batch that writes the length releases it.
 */
export async function holdMinutes(
  db: D1Database,
  { holdId, videoId, seconds, replaces }: HeldFilm,
  nowMs: number,
): Promise<boolean> {
  const others = `((SELECT coalesce(sum(o.duration_seconds), 0) FROM videos o
      WHERE o.creator = q.creator AND o.id <> ?2 AND ${hasFile} AND ${isTaken})
    + (SELECT coalesce(sum(h.seconds), 0) FROM quota_holds h WHERE h.creator = q.creator AND h.upload_id <> ?1))`;
  // What is there stays, however much is allowed by now.
  const limited = `FROM videos o JOIN creator_quotas q ON q.creator = o.creator
    WHERE o.id = ?2 AND q.max_minutes IS NOT NULL AND (?4 OR o.duration_seconds IS NULL OR NOT ${isTaken})`;
  const asked = [holdId, videoId, seconds, replaces ? 1 : 0] as const;
  const [held, limits] = await db.batch([
    db
      .prepare(
        `INSERT INTO quota_holds (upload_id, creator, bytes, seconds, created_at)
         SELECT ?1, q.creator, 0, ?3, ?5 ${limited} AND ${others} + ?3 <= q.max_minutes * 60 + ${toleratedSeconds}
         ON CONFLICT (upload_id) DO UPDATE SET seconds = excluded.seconds RETURNING 1`,
      )
      .bind(...asked, nowMs),
    db.prepare(`SELECT ?1, ?3 ${limited}`).bind(...asked),
  ]);
  return held?.results.length === 1 || limits?.results.length === 0;
}

export function release(db: D1Database, uploadId: string): D1PreparedStatement {
  return db.prepare("DELETE FROM quota_holds WHERE upload_id = ?").bind(uploadId);
}

/** Of uploads that never came to be, or whose end was lost. */
const staleMs = 3_600_000;

export async function sweepHolds(db: D1Database, nowMs: number): Promise<void> {
  await db
    .prepare(
      `DELETE FROM quota_holds WHERE created_at <= ? AND NOT EXISTS
         (SELECT 1 FROM uploads WHERE id = quota_holds.upload_id AND state = 'open')`,
    )
    .bind(nowMs - staleMs)
    .run();
}
