// Texts that a source carried, as the API lists them.
import type { Sites } from "#workers/http/host.ts";
import type { Subtitles } from "./contract.ts";

export interface StoredText {
  readonly version: number;
  readonly id: string;
  readonly language: string;
  readonly title: string;
  readonly is_default: number;
  readonly is_forced: number;
  readonly attempt: number;
}

/** Of the version that plays. Null: no such video. */
export async function findTexts(db: D1Database, videoId: string): Promise<readonly StoredText[] | null> {
  const [videos, rows] = await db.batch([
    db.prepare("SELECT 1 FROM videos WHERE id = ?").bind(videoId),
    db
      .prepare(
        `SELECT s.* FROM subtitles s JOIN videos v ON v.id = s.video_id AND v.version = s.version
         WHERE s.video_id = ? ORDER BY CAST(substr(s.id, 2) AS INTEGER)`,
      )
      .bind(videoId),
  ]);
  return videos?.results.length === 0 ? null : ((rows?.results ?? []) as unknown as readonly StoredText[]);
}

export function toSubtitles(
  { id, language, title, is_default, is_forced }: StoredText,
  videoId: string,
  { api }: Sites,
): Subtitles {
  return {
    ...{ id, language, title, isDefault: is_default === 1, isForced: is_forced === 1 },
    url: `${api}/v1/videos/${videoId}/subtitles/${id}.vtt`,
  };
}
