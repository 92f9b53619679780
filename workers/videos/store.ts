// Videos and their playback ids in D1. State is written by transitions.ts only.
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { playbackIds, replacements, videos, videoTags } from "#workers/storage/schema.ts";
import type { Purge, VideoPatch } from "./contract.ts";
import { addTags, msOrNull } from "./create.ts";
import { findPage, type Filter } from "./find.ts";
import type { PlaybackIdPatch } from "./playback-id-contract.ts";
import type { PlaybackIdRow, StoredVideo } from "./present.ts";

export async function findVideo(db: D1Database, videoId: string): Promise<StoredVideo | null> {
  const orm = drizzle(db);
  const [[row], ids, tags, [replacement]] = await orm.batch([
    orm.select().from(videos).where(eq(videos.id, videoId)),
    orm
      .select()
      .from(playbackIds)
      .where(eq(playbackIds.videoId, videoId))
      .orderBy(...oldestFirst),
    orm.select().from(videoTags).where(eq(videoTags.videoId, videoId)).orderBy(videoTags.tag),
    orm.select().from(replacements).where(eq(replacements.id, videoId)),
  ]);
  return row === undefined
    ? null
    : { row, ids, tags: tags.map(({ tag }) => tag), replacement: replacement ?? null };
}

const oldestFirst = [asc(playbackIds.createdAt), asc(playbackIds.id)];

/**
 * Newest first. Ids sort by time, so a page is a walk down the primary key: what is inserted meanwhile lies
 * before the first page and moves nothing. One row more than asked tells whether there is a next page.
 */
export async function listVideos(
  db: D1Database,
  filter: Filter,
  beforeId: string | null,
): Promise<{ readonly videos: readonly StoredVideo[]; readonly more: boolean }> {
  const found = await findPage(db, filter, beforeId);
  const page = found.slice(0, filter.limit);
  const [ids, tags, replacing] = await belongingTo(
    db,
    page.map((row) => row.id),
  );
  return {
    videos: page.map((row) => ({
      row,
      ids: ids.get(row.id) ?? [],
      tags: (tags.get(row.id) ?? []).map(({ tag }) => tag),
      replacement: replacing.get(row.id) ?? null,
    })),
    more: found.length > page.length,
  };
}

async function belongingTo(db: D1Database, videoIds: readonly string[]) {
  if (videoIds.length === 0)
    return [new Map<string, never[]>(), new Map<string, never[]>(), new Map<string, never>()] as const;
  const orm = drizzle(db);
  const [ids, tags, replacing] = await orm.batch([
    orm
      .select()
      .from(playbackIds)
      .where(inArray(playbackIds.videoId, [...videoIds]))
      .orderBy(...oldestFirst),
    orm
      .select()
      .from(videoTags)
      .where(inArray(videoTags.videoId, [...videoIds]))
      .orderBy(videoTags.tag),
    orm
      .select()
      .from(replacements)
      .where(inArray(replacements.id, [...videoIds])),
  ]);
  return [
    Map.groupBy(ids, ({ videoId }) => videoId),
    Map.groupBy(tags, ({ videoId }) => videoId),
    new Map(replacing.map((row) => [row.id, row])),
  ] as const;
}

/** False when there is no such video. */
export async function patchVideo(
  db: D1Database,
  videoId: string,
  patch: VideoPatch,
  nowMs: number,
  narrows: boolean,
  told: D1PreparedStatement,
): Promise<boolean> {
  const {
    title,
    creator,
    metadata,
    tags,
    availableFrom,
    availableUntil,
    playback,
    deleteAt,
    posterTimeSeconds,
  } = patch;
  const fields = {
    ...(title === undefined ? {} : { title }),
    ...(creator === undefined ? {} : { creator }),
    ...(metadata === undefined ? {} : { metadata: JSON.stringify(metadata) }),
    ...(availableFrom === undefined ? {} : { available_from: msOrNull(availableFrom) }),
    ...(availableUntil === undefined ? {} : { available_until: msOrNull(availableUntil) }),
    ...(playback === undefined ? {} : { playback: JSON.stringify(playback) }),
    ...(posterTimeSeconds === undefined ? {} : { poster_seconds: posterTimeSeconds }),
    ...(deleteAt === undefined ? {} : { delete_at: msOrNull(deleteAt) }),
    updated_at: nowMs,
  };
  const names = Object.keys(fields);
  const update = db
    .prepare(`UPDATE videos SET ${names.map((name) => `${name} = ?`).join(", ")} WHERE id = ?`)
    .bind(...Object.values(fields), videoId);
  const retag =
    tags === undefined
      ? []
      : [db.prepare("DELETE FROM video_tags WHERE video_id = ?").bind(videoId), addTags(db, videoId, tags)];
  const renew = narrows
    ? [
        db
          .prepare(
            `UPDATE playback_ids SET access =
               json_set(access, '$.termsVersion', coalesce(json_extract(access, '$.termsVersion'), 0) + 1)
             WHERE video_id = ?`,
          )
          .bind(videoId),
      ]
    : [];
  const [changed] = await db.batch([update, ...retag, ...renew, told]);
  return changed !== undefined && changed.meta.changes > 0;
}

export async function countPlaybackIds(db: D1Database, videoId: string): Promise<number> {
  return drizzle(db).$count(playbackIds, eq(playbackIds.videoId, videoId));
}

export async function findPlaybackId(db: D1Database, playbackId: string): Promise<PlaybackIdRow | null> {
  const row = await drizzle(db).select().from(playbackIds).where(eq(playbackIds.id, playbackId)).get();
  return row ?? null;
}

/** False when the video has no such playback id. */
export async function deletePlaybackId(
  db: D1Database,
  videoId: string,
  playbackId: string,
  told: D1PreparedStatement,
): Promise<boolean> {
  const [deleted] = await db.batch([
    db.prepare("DELETE FROM playback_ids WHERE id = ? AND video_id = ?").bind(playbackId, videoId),
    told,
  ]);
  return deleted !== undefined && deleted.meta.changes > 0;
}

/** What is given replaces what was there, as a whole; an empty value takes it away. Null: no such playback id. */
export async function patchPlaybackId(
  db: D1Database,
  videoId: string,
  playbackId: string,
  { policy, restrictions, limits, streams, downloads }: PlaybackIdPatch,
  narrows: boolean,
  told: D1PreparedStatement,
): Promise<PlaybackIdRow | null> {
  const given = { restrictions, limits, streamLimit: streams, downloads };
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  const kept = named.filter(
    ([, value]) => value === true || (typeof value === "object" && Object.keys(value ?? {}).length > 0),
  );
  // One statement: two changes at once are one after the other. Removed first, because a merge would mix old with new.
  const removed = sql.join(
    named.map(([name]) => sql`${`$.${name}`}`),
    sql`, `,
  );
  const { access } = playbackIds;
  const merged =
    named.length === 0
      ? access
      : sql`json_patch(json_remove(${access}, ${removed}), ${JSON.stringify(Object.fromEntries(kept))})`;
  const version = sql`coalesce(json_extract(${access}, '$.termsVersion'), 0) + ${narrows ? 1 : 0}`;
  const update = drizzle(db)
    .update(playbackIds)
    .set({
      ...(policy === undefined ? {} : { policy }),
      access: sql`json_set(${merged}, '$.termsVersion', ${version})`,
    })
    .where(and(eq(playbackIds.id, playbackId), eq(playbackIds.videoId, videoId)))
    .toSQL();
  await db.batch([db.prepare(update.sql).bind(...update.params), told]);
  const row = await findPlaybackId(db, playbackId);
  return row?.videoId === videoId ? row : null;
}

/** How many videos it was: what caches hold of them has other names now, everywhere. */
export async function purge(db: D1Database, { videoId, playbackId, tag }: Purge): Promise<number> {
  const which =
    videoId !== undefined
      ? sql`${videos.id} = ${videoId}`
      : playbackId !== undefined
        ? sql`${videos.id} = (SELECT ${playbackIds.videoId} FROM ${playbackIds} WHERE ${playbackIds.id} = ${playbackId})`
        : sql`${videos.id} IN (SELECT ${videoTags.videoId} FROM ${videoTags} WHERE ${videoTags.tag} = ${tag})`;
  const { meta } = await drizzle(db)
    .update(videos)
    .set({ generation: sql`${videos.generation} + 1` })
    .where(which)
    .run();
  return meta.changes;
}
