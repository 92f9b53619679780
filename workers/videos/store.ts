// Videos and their playback ids in D1. State is written by transitions.ts only.
import { and, asc, desc, eq, gte, inArray, lt, sql, type SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { playbackIds, videos } from "#workers/storage/schema.ts";
import type { VideoFilter, VideoPatch } from "./contract.ts";
import type { PlaybackIdRow, VideoRow } from "./present.ts";

export interface StoredVideo {
  readonly row: VideoRow;
  readonly ids: readonly PlaybackIdRow[];
}

export async function findVideo(db: D1Database, videoId: string): Promise<StoredVideo | null> {
  const orm = drizzle(db);
  const [[row], ids] = await orm.batch([
    orm.select().from(videos).where(eq(videos.id, videoId)),
    orm
      .select()
      .from(playbackIds)
      .where(eq(playbackIds.videoId, videoId))
      .orderBy(...oldestFirst),
  ]);
  return row === undefined ? null : { row, ids };
}

const oldestFirst = [asc(playbackIds.createdAt), asc(playbackIds.id)];

/**
 * Newest first. Ids sort by time, so a page is a walk down the primary key: what is inserted meanwhile lies
 * before the first page and moves nothing. One row more than asked tells whether there is a next page.
 */
export async function listVideos(
  db: D1Database,
  filter: Omit<VideoFilter, "cursor">,
  beforeId: string | null,
): Promise<{ readonly videos: readonly StoredVideo[]; readonly more: boolean }> {
  const orm = drizzle(db);
  const found = await orm
    .select()
    .from(videos)
    .where(and(...conditions(filter), beforeId === null ? undefined : lt(videos.id, beforeId)))
    .orderBy(desc(videos.id))
    .limit(filter.limit + 1);
  const page = found.slice(0, filter.limit);
  const ids =
    page.length === 0
      ? []
      : await orm
          .select()
          .from(playbackIds)
          .where(
            inArray(
              playbackIds.videoId,
              page.map((row) => row.id),
            ),
          )
          .orderBy(...oldestFirst);
  const idsByVideo = Map.groupBy(ids, (id) => id.videoId);
  return {
    videos: page.map((row) => ({ row, ids: idsByVideo.get(row.id) ?? [] })),
    more: found.length > page.length,
  };
}

function conditions(filter: Omit<VideoFilter, "cursor">): (SQL | undefined)[] {
  const { state, creator, search, createdAfter, createdBefore } = filter;
  return [
    state === undefined ? undefined : eq(videos.state, state),
    creator === undefined ? undefined : eq(videos.creator, creator),
    search === undefined ? undefined : sql`${videos.title} LIKE ${`%${escapeLike(search)}%`} ESCAPE '\\'`,
    createdAfter === undefined ? undefined : gte(videos.createdAt, Date.parse(createdAfter)),
    createdBefore === undefined ? undefined : lt(videos.createdAt, Date.parse(createdBefore)),
  ];
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

/** False when there is no such video. */
export async function patchVideo(
  db: D1Database,
  videoId: string,
  { title, creator, metadata }: VideoPatch,
  nowMs: number,
): Promise<boolean> {
  const changed = await drizzle(db)
    .update(videos)
    .set({
      ...(title === undefined ? {} : { title }),
      ...(creator === undefined ? {} : { creator }),
      ...(metadata === undefined ? {} : { metadata: JSON.stringify(metadata) }),
      updatedAt: nowMs,
    })
    .where(eq(videos.id, videoId))
    .returning({ id: videos.id });
  return changed.length > 0;
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
): Promise<boolean> {
  const deleted = await drizzle(db)
    .delete(playbackIds)
    .where(and(eq(playbackIds.id, playbackId), eq(playbackIds.videoId, videoId)))
    .returning({ id: playbackIds.id });
  return deleted.length > 0;
}
