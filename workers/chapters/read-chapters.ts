// Chapters of a video by plain SQL: the edge reads them too.
import { cutChapters, type Chapter, type ChapterList } from "./chapter-list.ts";

export async function readChapters(db: D1Database, videoId: string): Promise<readonly ChapterList[]> {
  const { results } = await db
    .prepare("SELECT language, list FROM chapters WHERE video_id = ? ORDER BY language")
    .bind(videoId)
    .all<{ language: string; list: string }>();
  // Own rows only: written by the API from what its contract let in.
  return results.map(({ language, list }) => ({
    language,
    chapters: JSON.parse(list) as readonly Chapter[],
  }));
}

/** The part of another video that a clip is. */
export interface PartOf {
  readonly ofVideoId: string;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** A clip without chapters of its own has those of its video that fall into it. */
export async function chaptersOf(
  db: D1Database,
  videoId: string,
  clip: PartOf | null,
): Promise<readonly ChapterList[]> {
  const own = await readChapters(db, videoId);
  if (own.length > 0 || clip === null) return own;
  const whole = await readChapters(db, clip.ofVideoId);
  return whole
    .map((list) => cutChapters(list, clip.fromSeconds, clip.toSeconds))
    .filter(({ chapters }) => chapters.length > 0);
}
