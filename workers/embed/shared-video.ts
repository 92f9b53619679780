// What a page may tell of a video to whoever has its playback id: of a public one only.
import type { OwnAccess } from "#workers/access/policy.ts";
import type { Restrictions } from "#workers/access/restrictions.ts";

export interface SharedVideo {
  readonly playbackId: string;
  readonly isPublic: boolean;
  readonly restrictions: Restrictions;
  readonly title: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly durationSeconds: number | null;
  readonly creator: string | null;
}

interface SharedRow {
  readonly policy: string;
  readonly access: string;
  readonly title: string;
  readonly creator: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly duration_seconds: number | null;
}

/** Null: there is no such playback id. */
export async function findShared(db: D1Database, playbackId: string): Promise<SharedVideo | null> {
  const row = await db
    .prepare(
      `SELECT p.policy, p.access, v.title, v.creator, v.width, v.height, v.duration_seconds
       FROM playback_ids p JOIN videos v ON v.id = p.video_id WHERE p.id = ?`,
    )
    .bind(playbackId)
    .first<SharedRow>();
  if (row === null) return null;
  // Own rows only: what was let in by the contract.
  const { restrictions = {} } = JSON.parse(row.access) as OwnAccess;
  return {
    playbackId,
    isPublic: row.policy === "public",
    restrictions,
    title: row.title,
    creator: row.creator,
    width: row.width,
    height: row.height,
    durationSeconds: row.duration_seconds,
  };
}

/** Of sound alone, and before the file was looked at. */
const usual = { width: 1280, height: 720 };

/** In CSS pixels: as large as the video, within what was asked for. Its proportions are kept. */
export function shownSize(
  { width, height }: Pick<SharedVideo, "width" | "height">,
  most: { readonly width: number; readonly height: number },
): { readonly width: number; readonly height: number } {
  const own = width === null || height === null ? usual : { width, height };
  const scale = Math.min(1, most.width / own.width, most.height / own.height);
  return {
    width: Math.max(1, Math.round(own.width * scale)),
    height: Math.max(1, Math.round(own.height * scale)),
  };
}
