// Which videos a page of a list holds. A filter is walked down its own index, newest first, from where the page before
// ended, so a page costs the same in a library of a hundred thousand; what is asked beside it is looked up row by row.
import { and, desc, eq, exists, gte, lt, or, sql, type SQL } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { firstIdAt } from "#workers/ids.ts";
import { videoMetadata, videos, videoTags, videoWords } from "#workers/storage/schema.ts";
import type { VideoFilter } from "./contract.ts";
import type { VideoRow } from "./present.ts";
import { wordsOf } from "./title-words.ts";

export type Filter = Omit<VideoFilter, "cursor">;

/** Beyond this a word is so common that walking the videos and looking for it finds a page sooner. */
const commonAt = 2_000;

/** Newest first, one more than asked. */
export async function findPage(
  db: D1Database,
  filter: Filter,
  beforeId: string | null,
): Promise<readonly VideoRow[]> {
  const orm = drizzle(db);
  const { tag, metadata, limit } = filter;
  const words = wordsOf(filter.search ?? "");
  const [rarest] = await rareWords(orm, words);
  const rest = [
    ...ofVideo(filter),
    ...words.filter((word) => word !== rarest).map((word) => hasWord(orm, word)),
  ];
  const pairs = (metadata ?? []).map(pairOf);
  const before = beforeId === null ? undefined : lt(videos.id, beforeId);
  if (rarest !== undefined) {
    const ids = sql`(SELECT ${videoWords.videoId} FROM ${videoWords} WHERE ${begins(rarest)})`;
    const more = [
      ...(tag === undefined ? [] : [hasTag(orm, tag)]),
      ...pairs.map((pair) => hasPair(orm, pair)),
    ];
    return orm
      .select()
      .from(videos)
      .where(and(sql`${videos.id} IN ${ids}`, ...rest, ...more, before))
      .orderBy(desc(videos.id))
      .limit(limit + 1);
  }
  if (tag !== undefined) {
    const found = await orm
      .select({ videos })
      .from(videoTags)
      .crossJoin(videos)
      .where(
        and(
          eq(videoTags.tag, tag),
          eq(videos.id, videoTags.videoId),
          beforeId === null ? undefined : lt(videoTags.videoId, beforeId),
          ...rest,
          ...pairs.map((pair) => hasPair(orm, pair)),
        ),
      )
      .orderBy(desc(videoTags.videoId))
      .limit(limit + 1);
    return found.map((row) => row.videos);
  }
  const [pair, ...otherPairs] = pairs;
  if (pair !== undefined) {
    const found = await orm
      .select({ videos })
      .from(videoMetadata)
      .crossJoin(videos)
      .where(
        and(
          eq(videoMetadata.key, pair[0]),
          eq(videoMetadata.value, pair[1]),
          eq(videos.id, videoMetadata.videoId),
          beforeId === null ? undefined : lt(videoMetadata.videoId, beforeId),
          ...rest,
          ...otherPairs.map((other) => hasPair(orm, other)),
        ),
      )
      .orderBy(desc(videoMetadata.videoId))
      .limit(limit + 1);
    return found.map((row) => row.videos);
  }
  return orm
    .select()
    .from(videos)
    .where(and(...rest, before))
    .orderBy(desc(videos.id))
    .limit(limit + 1);
}

function pairOf(text: string): readonly [key: string, value: string] {
  const at = text.indexOf(":");
  return [text.slice(0, at), text.slice(at + 1)];
}

/** As the ways in which it may be written. */
type Word = readonly string[];

/** Those that are not common, the rarest first. */
async function rareWords(orm: DrizzleD1Database, words: readonly Word[]): Promise<readonly Word[]> {
  const counted = await Promise.all(
    words.map(async (word) => {
      const some = orm
        .select({ one: sql`1` })
        .from(videoWords)
        .where(begins(word))
        .limit(commonAt);
      const [row] = await orm.select({ count: sql<number>`count(*)` }).from(some.as("some"));
      return { word, count: row?.count ?? 0 };
    }),
  );
  const rare = counted.filter(({ count }) => count < commonAt);
  return rare.toSorted((a, b) => a.count - b.count).map(({ word }) => word);
}

/** Ranges of the index: LIKE would have to be told that case matters. */
function begins(word: Word): SQL | undefined {
  return or(...word.map((form) => and(gte(videoWords.word, form), lt(videoWords.word, form + "\u{10ffff}"))));
}

function hasWord(orm: DrizzleD1Database, word: Word): SQL {
  return exists(
    orm
      .select({ one: sql`1` })
      .from(videoWords)
      .where(and(eq(videoWords.videoId, videos.id), begins(word))),
  );
}

function hasTag(orm: DrizzleD1Database, tag: string): SQL {
  return exists(
    orm
      .select({ one: sql`1` })
      .from(videoTags)
      .where(and(eq(videoTags.videoId, videos.id), eq(videoTags.tag, tag))),
  );
}

function hasPair(orm: DrizzleD1Database, [key, value]: readonly [string, string]): SQL {
  return exists(
    orm
      .select({ one: sql`1` })
      .from(videoMetadata)
      .where(
        and(eq(videoMetadata.videoId, videos.id), eq(videoMetadata.key, key), eq(videoMetadata.value, value)),
      ),
  );
}

function ofVideo({ state, creator, createdAfter, createdBefore }: Filter): (SQL | undefined)[] {
  return [
    state === undefined ? undefined : eq(videos.state, state),
    creator === undefined ? undefined : eq(videos.creator, creator),
    // Ids begin with their time: a walk down them ends, or begins, there.
    createdAfter === undefined ? undefined : gte(videos.id, firstIdAt("video", Date.parse(createdAfter))),
    createdBefore === undefined ? undefined : lt(videos.id, firstIdAt("video", Date.parse(createdBefore))),
  ];
}
