// Captions in D1 and R2. The object is written first and overwritten in place, so what a row names is always there.
import type { Env } from "#workers/env.ts";
import { emitted } from "#workers/events/emit.ts";
import { sendAll, type Condition } from "#workers/outbox/outbox.ts";
import { captionKey, subtitlesKey } from "#workers/storage/keys.ts";
import { captionId, type CaptionName } from "./caption-name.ts";
import type { CaptionPatch } from "./contract.ts";
import { textTracks, type CaptionRow, type SourceText, type TextEntry } from "./text-tracks.ts";

export interface StoredRow extends CaptionRow {
  readonly sizeBytes: number | null;
  readonly cues: number | null;
  readonly updatedAt: number;
}

export interface StoredCaption {
  readonly entry: TextEntry;
  readonly sizeBytes: number | null;
  readonly cues: number | null;
  readonly updatedAtMs: number | null;
}

/** Null: no such video. */
export async function listCaptions(
  db: D1Database,
  videoId: string,
): Promise<readonly StoredCaption[] | null> {
  const [videos, rows, texts] = await db.batch([
    db.prepare("SELECT 1 FROM videos WHERE id = ?").bind(videoId),
    db
      .prepare(
        `SELECT c.video_id AS videoId, c.id, c.language, c.label, c.kind, c.is_default AS isDefault,
           c.is_forced AS isForced, c.is_hidden AS isHidden, c.revision, c.size_bytes AS sizeBytes, c.cues,
           c.updated_at AS updatedAt
         FROM captions c JOIN videos v ON c.video_id IN (v.id, v.clip_of) WHERE v.id = ? ORDER BY c.id`,
      )
      .bind(videoId),
    db
      .prepare(
        `SELECT s.video_id AS videoId, s.version, s.id, s.language, s.title, s.is_default AS isDefault,
           s.is_forced AS isForced, s.attempt
         FROM subtitles s JOIN videos v ON s.video_id = coalesce(v.clip_of, v.id) AND s.version = v.version
         WHERE v.id = ? ORDER BY CAST(substr(s.id, 2) AS INTEGER)`,
      )
      .bind(videoId),
  ]);
  if (videos?.results.length !== 1) return null;
  return storedCaptions(
    (rows?.results ?? []) as unknown as readonly StoredRow[],
    (texts?.results ?? []) as unknown as readonly SourceText[],
    videoId,
  );
}

/** Of a video, by its rows and those of the video that it is a clip of. */
export function storedCaptions(
  rows: readonly StoredRow[],
  texts: readonly SourceText[],
  videoId: string,
): readonly StoredCaption[] {
  return textTracks(rows, texts, videoId).map((entry) => {
    const row = rows.find(({ id, videoId: owner }) => id === entry.id && owner === entry.videoId);
    return {
      entry,
      sizeBytes: row?.sizeBytes ?? null,
      cues: row?.cues ?? null,
      updatedAtMs: row?.updatedAt ?? null,
    };
  });
}

export async function findCaption(
  db: D1Database,
  videoId: string,
  id: string,
): Promise<StoredCaption | null> {
  return (await listCaptions(db, videoId))?.find(({ entry }) => entry.id === id) ?? null;
}

export interface NewCaption {
  readonly name: CaptionName;
  readonly label: string | null;
  /** Null: as it was, or not. */
  readonly isDefault: boolean | null;
  readonly text: Uint8Array<ArrayBuffer>;
  readonly cues: number;
}

/** Whether it is a new one. Null: no such video. */
export async function putCaption(
  env: Env,
  videoId: string,
  { name, label, isDefault, text, cues }: NewCaption,
  nowMs: number,
): Promise<"created" | "replaced" | null> {
  const { DB } = env;
  const id = captionId(name);
  if ((await DB.prepare("SELECT 1 FROM videos WHERE id = ?").bind(videoId).first()) === null) return null;
  await env.MEDIA.put(captionKey(videoId, id), text, {
    httpMetadata: { contentType: "text/vtt; charset=utf-8" },
  });
  const created = emitted(
    DB,
    { type: "caption.created", videoId, captionId: id },
    nowMs,
    revisionIs("= 1", videoId, id),
  );
  const updated = emitted(
    DB,
    { type: "caption.updated", videoId, captionId: id },
    nowMs,
    revisionIs("> 1", videoId, id),
  );
  const [, written, isNew] = await DB.batch([
    ...(isDefault === true ? [noOtherDefault(DB, videoId, id)] : [DB.prepare("SELECT 1")]),
    DB.prepare(
      `INSERT INTO captions (video_id, id, language, label, kind, is_default, is_forced, revision, size_bytes, cues,
         created_at, updated_at)
       SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?9, ?10, ?10 FROM videos WHERE id = ?1
       ON CONFLICT (video_id, id) DO UPDATE SET label = coalesce(?4, label), is_default = coalesce(?11, is_default),
         revision = revision + 1, size_bytes = ?8, cues = ?9, updated_at = ?10`,
    ).bind(
      ...[videoId, id, name.language, label, name.kind, isDefault === true ? 1 : 0, name.isForced ? 1 : 0],
      ...[text.length, cues, nowMs, isDefault === null ? null : Number(isDefault)],
    ),
    created.statement,
    updated.statement,
  ]);
  if (written?.meta.changes === 0) {
    // The video went meanwhile: an object without a row would be nobody's.
    await env.MEDIA.delete(captionKey(videoId, id));
    return null;
  }
  const wasCreated = (isNew?.meta.changes ?? 0) > 0;
  await sendAll(env, [wasCreated ? created : updated]);
  return wasCreated ? "created" : "replaced";
}

/** Of two who upload the first captions at once, one made them: which, the commit knows. */
function revisionIs(comparison: "= 1" | "> 1" | "> 0", videoId: string, id: string): Condition {
  return {
    sql: `EXISTS (SELECT 1 FROM captions WHERE video_id = ? AND id = ? AND revision ${comparison})`,
    bindings: [videoId, id],
  };
}

/** One text of a video is the default at most. */
function noOtherDefault(db: D1Database, videoId: string, id: string): D1PreparedStatement {
  return db
    .prepare("UPDATE captions SET is_default = 0 WHERE video_id = ? AND id <> ? AND is_default = 1")
    .bind(videoId, id);
}

/** Of a text that the list has: a row of its own is made for one of the source, or of the video that a clip is of. */
export async function patchCaption(
  env: Env,
  videoId: string,
  { entry }: StoredCaption,
  patch: CaptionPatch,
  nowMs: number,
): Promise<void> {
  const db = env.DB;
  const numberOf = (value: boolean | undefined) => (value === undefined ? null : Number(value));
  const updated = emitted(db, { type: "caption.updated", videoId, captionId: entry.id }, nowMs);
  await db.batch([
    ...(patch.default === true ? [noOtherDefault(db, videoId, entry.id)] : []),
    db
      .prepare(
        `INSERT INTO captions (video_id, id, language, label, kind, is_default, is_forced, is_hidden, created_at,
           updated_at)
         SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, coalesce(?8, 0), ?9, ?9 FROM videos WHERE id = ?1
         ON CONFLICT (video_id, id) DO UPDATE SET language = coalesce(?3, language), label = coalesce(?4, label),
           kind = coalesce(?5, kind), is_default = coalesce(?6, is_default), is_forced = coalesce(?7, is_forced),
           is_hidden = coalesce(?8, is_hidden), updated_at = ?9`,
      )
      .bind(
        ...[videoId, entry.id, patch.language ?? null, patch.label ?? null, patch.kind ?? null],
        ...[numberOf(patch.default), numberOf(patch.forced), numberOf(patch.hidden), nowMs],
      ),
    updated.statement,
  ]);
  await sendAll(env, [updated]);
}

/** False: this video has no such upload. The row goes first: an object that stays behind goes with the video. */
export async function deleteCaption(env: Env, videoId: string, id: string, nowMs: number): Promise<boolean> {
  const event = { type: "caption.deleted", videoId, captionId: id } as const;
  const told = emitted(env.DB, event, nowMs, revisionIs("> 0", videoId, id));
  const [, deleted] = await env.DB.batch([
    told.statement,
    env.DB.prepare("DELETE FROM captions WHERE video_id = ? AND id = ? AND revision IS NOT NULL").bind(
      videoId,
      id,
    ),
  ]);
  if ((deleted?.meta.changes ?? 0) === 0) return false;
  await sendAll(env, [told]);
  await env.MEDIA.delete(captionKey(videoId, id));
  return true;
}

export function captionObjectKey({ id, videoId, origin }: TextEntry): string {
  return origin.kind === "uploaded"
    ? captionKey(videoId, id)
    : subtitlesKey(videoId, origin.version, Number(id.slice(1)), origin.attempt);
}
