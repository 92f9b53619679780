// A sound in a file of its own, from the upload that is to bring it to its job on the board. Its row has the upload's id.
import type { Env } from "#workers/env.ts";
import { emitted, ifChanged } from "#workers/events/emit.ts";
import { always } from "#workers/outbox/outbox.ts";
import { logError } from "#workers/http/log.ts";
import { outgoing, send, sendAll, type Outgoing } from "#workers/outbox/outbox.ts";
import { maxTracks } from "#workers/playback/session.ts";
import { release } from "#workers/quotas/store.ts";
import type { Failed } from "#workers/transcoding/job-rows.ts";
import { objectKeyOf, type Session } from "#workers/uploads/session.ts";
import type { Settled } from "#workers/uploads/settle.ts";

export interface NewSound {
  readonly language: string;
  readonly label?: string | undefined;
  readonly default: boolean;
}

export interface AddedRows {
  readonly statements: readonly D1PreparedStatement[];
  readonly told: Outgoing;
}

/**
 * In the batch of its upload, which goes in only behind it. One statement finds the number that no sound of the version
 * has or had, so of two that are added at once each gets its own.
 */
export function addSound(
  db: D1Database,
  uploadId: string,
  videoId: string,
  { language, label, default: isDefault }: NewSound,
  nowMs: number,
): AddedRows {
  const told = emitted(db, { type: "audioTrack.created", videoId, addedBy: uploadId }, nowMs, always);
  const row = db
    .prepare(
      `INSERT INTO added_sounds (id, video_id, version, track, language, is_default, state, created_at, updated_at)
       SELECT ?1, v.id, v.version, 'a' || (1 + max(
           coalesce((SELECT max(CAST(substr(value ->> '$.id', 2) AS INTEGER)) FROM json_each(m.formats)
                     WHERE value ->> '$.id' GLOB 'a[0-9]*'), -1),
           coalesce((SELECT max(CAST(substr(track, 2) AS INTEGER)) FROM added_sounds
                     WHERE video_id = v.id AND version = v.version), -1))),
         ?3, ?4, 'uploading', ?5, ?5
       FROM videos v JOIN versions m ON m.video_id = v.id AND m.version = v.version
       WHERE v.id = ?2 AND v.state = 'ready' AND v.clip_of IS NULL AND m.kind = 'ladder' AND m.state = 'sealed'
         AND json_array_length(m.formats) + (SELECT count(*) FROM added_sounds
           WHERE video_id = v.id AND version = v.version AND state IN ('uploading', 'encoding')) < ${maxTracks}`,
    )
    .bind(uploadId, videoId, language, isDefault ? 1 : 0, nowMs);
  const named = db
    .prepare(
      `INSERT INTO audio_tracks (video_id, id, label, is_default)
       SELECT video_id, track, ?2, 0 FROM added_sounds WHERE id = ?1`,
    )
    .bind(uploadId, label ?? null);
  return { statements: [row, ...(label === undefined ? [] : [named]), told.statement], told };
}

/** Of a video that is there, which none can be added to. */
export async function whyNoSound(db: D1Database, videoId: string): Promise<string> {
  const row = await db
    .prepare(
      `SELECT v.state, v.clip_of, m.kind FROM videos v
       LEFT JOIN versions m ON m.video_id = v.id AND m.version = v.version WHERE v.id = ?`,
    )
    .bind(videoId)
    .first<{ state: string; clip_of: string | null; kind: string | null }>();
  if (row !== null && row.clip_of !== null) return "A clip has the sounds of the video that it is a part of.";
  if (row?.state !== "ready") return "The video is not ready: a sound is added to what is encoded.";
  if (row.kind !== "ladder")
    return "The video plays as it was uploaded: nothing is encoded that a sound could go with.";
  return `The video has ${maxTracks} tracks, with those that are under way, which is as many as there may be.`;
}

/** Its file has arrived. One batch, harmless when repeated. */
export async function settleSound(env: Env, session: Session, nowMs: number): Promise<Settled> {
  const { DB: db } = env;
  const { uploadId, videoId, offsetBytes: sizeBytes } = session;
  const row = await db
    .prepare(
      `SELECT s.version, s.track, s.state, u.state AS upload FROM added_sounds s
       JOIN videos v ON v.id = s.video_id LEFT JOIN uploads u ON u.id = s.id WHERE s.id = ?`,
    )
    .bind(uploadId)
    .first<{ version: number; track: string; state: string; upload: string | null }>();
  if (row === null || row.upload === null || row.state === "removed") return "videoGone";
  // An earlier try got through; its message is in the outbox until a consumer settles it.
  if (row.upload === "completed") return "before";
  const { version, track: sound } = row;
  const sent = outgoing(db, { kind: "transcode", videoId, version, sound }, nowMs, nowMs, ifChanged);
  const completed = emitted(db, { type: "upload.completed", uploadId }, nowMs);
  const imported = emitted(db, { type: "import.completed", importedBy: uploadId }, nowMs);
  const results = await db.batch([
    db
      .prepare(
        `UPDATE added_sounds SET state = 'encoding', source_key = ?, source_size_bytes = ?, updated_at = ?
         WHERE id = ? AND state = 'uploading'`,
      )
      .bind(objectKeyOf(session), sizeBytes, nowMs, uploadId),
    sent.statement,
    db
      .prepare(
        "UPDATE uploads SET state = 'completed', size_bytes = ?, completed_at = ? WHERE id = ? AND state = 'open'",
      )
      .bind(sizeBytes, nowMs, uploadId),
    completed.statement,
    imported.statement,
    release(db, uploadId),
  ]);
  const isImport = (results.at(-2)?.meta.changes ?? 0) > 0;
  await send(env, sent.message).catch((error: unknown) => logError("upload.sendFailed", error, { uploadId }));
  await sendAll(env, [completed, ...(isImport ? [imported] : [])]);
  return "played";
}

/** Its upload came to nothing: behind what says so of the upload. */
export function soundEnded(
  db: D1Database,
  uploadId: string,
  videoId: string,
  { code, message }: Failed,
  nowMs: number,
): AddedRows {
  const isCancelled = code === "uploadCancelled";
  const type = isCancelled ? "audioTrack.deleted" : "audioTrack.failed";
  // Who was cancelled is told of as it was.
  const told = emitted(
    db,
    { type, videoId, addedBy: uploadId },
    nowMs,
    isCancelled ? uploading(uploadId) : ifChanged,
  );
  const change = db
    .prepare(
      `UPDATE added_sounds SET state = ?, error_code = ?, error_message = ?, updated_at = ?
       WHERE id = ? AND state = 'uploading'`,
    )
    .bind(isCancelled ? "removed" : "failed", code, message, nowMs, uploadId);
  return { statements: isCancelled ? [told.statement, change] : [change, told.statement], told };
}

const uploading = (uploadId: string) => ({
  sql: "EXISTS (SELECT 1 FROM added_sounds WHERE id = ? AND state = 'uploading')",
  bindings: [uploadId],
});

/** Viewers are offered it no more. Its place among the tracks stays, which sessions know them by. */
export async function removeSound(env: Env, videoId: string, track: string, nowMs: number): Promise<boolean> {
  const { DB: db } = env;
  const told = emitted(db, { type: "audioTrack.deleted", videoId, audioTrackId: track }, nowMs, {
    sql: `EXISTS (SELECT 1 FROM added_sounds s JOIN videos v ON v.id = s.video_id AND v.version = s.version
      WHERE v.id = ? AND s.track = ? AND s.state <> 'removed')`,
    bindings: [videoId, track],
  });
  const [, , removed] = await db.batch<{ id: string }>([
    told.statement,
    db
      .prepare(
        `UPDATE versions SET formats = (SELECT json_group_array(json(
             CASE WHEN value ->> '$.id' = ?2 THEN json_set(value, '$.dropped', json('true')) ELSE value END))
           FROM json_each(versions.formats))
         WHERE video_id = ?1 AND version = (SELECT version FROM videos WHERE id = ?1)
           AND EXISTS (SELECT 1 FROM added_sounds s WHERE s.video_id = ?1 AND s.version = versions.version
             AND s.track = ?2 AND s.state = 'ready')`,
      )
      .bind(videoId, track),
    db
      .prepare(
        `UPDATE added_sounds SET state = 'removed', updated_at = ?3
         WHERE video_id = ?1 AND track = ?2 AND state <> 'removed'
           AND version = (SELECT version FROM videos WHERE id = ?1) RETURNING id`,
      )
      .bind(videoId, track, nowMs),
    db
      .prepare(
        `DELETE FROM audio_tracks WHERE video_id = ?1 AND id = ?2
           AND EXISTS (SELECT 1 FROM added_sounds WHERE video_id = ?1 AND track = ?2 AND state = 'removed')`,
      )
      .bind(videoId, track),
  ]);
  const id = removed?.results[0]?.id;
  if (id === undefined) return false;
  await sendAll(env, [told]);
  await env.UPLOADS.getByName(id).cancel();
  return true;
}
