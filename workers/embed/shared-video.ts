// What a page may tell of a video to whoever has its playback id: of a public one only.
import type { OwnAccess } from "#workers/access/policy.ts";
import type { Restrictions } from "#workers/access/restrictions.ts";
import type { PictureSize, StoredImages } from "#workers/storage/stored-images.ts";

export interface SharedVideo {
  readonly playbackId: string;
  /** Whoever has the link may see what it is of: it needs no token, and its time has come and is not over. */
  readonly isPublic: boolean;
  readonly restrictions: Restrictions;
  readonly title: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly durationSeconds: number | null;
  readonly creator: string | null;
  /** In what sizes `thumbnail.jpg` answers, the largest first. None: there is no picture yet, or never. */
  readonly pictures: readonly PictureSize[];
}

interface SharedRow {
  readonly policy: string;
  readonly access: string;
  readonly title: string;
  readonly creator: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly duration_seconds: number | null;
  readonly state: string;
  readonly playable: number;
  readonly available_from: number | null;
  readonly available_until: number | null;
  readonly clip_of: string | null;
  readonly poster_seconds: number | null;
  readonly images: string | null;
}

/** Null: there is no such playback id. */
export async function findShared(
  db: D1Database,
  playbackId: string,
  nowMs: number,
): Promise<SharedVideo | null> {
  const row = await db
    .prepare(
      `SELECT p.policy, p.access, v.title, v.creator, v.width, v.height, v.duration_seconds, v.state,
         v.playable, v.available_from, v.available_until, v.clip_of, v.poster_seconds, m.images
       FROM playback_ids p JOIN videos v ON v.id = p.video_id
         LEFT JOIN versions m ON m.video_id = coalesce(v.clip_of, v.id) AND m.version = v.version
       WHERE p.id = ?`,
    )
    .bind(playbackId)
    .first<SharedRow>();
  if (row === null) return null;
  // Own rows only: what was let in by the contract.
  const { restrictions = {} } = JSON.parse(row.access) as OwnAccess;
  return {
    playbackId,
    isPublic: row.policy === "public" && isToBeSeen(row, nowMs),
    restrictions,
    title: row.title,
    creator: row.creator,
    width: row.width,
    height: row.height,
    durationSeconds: row.duration_seconds,
    pictures: picturesOf(row),
  };
}

/** As playback/pictures.ts answers: a clip without a chosen moment shows a small picture, since the poster is not of it. */
function picturesOf(row: SharedRow): readonly PictureSize[] {
  if (row.images === null || row.playable !== 1) return [];
  const { poster, thumbnails } = JSON.parse(row.images) as StoredImages;
  return row.clip_of === null || row.poster_seconds !== null ? poster : thumbnails.sizes;
}

const isToBeSeen = (row: SharedRow, nowMs: number): boolean =>
  (row.state !== "error" || row.playable === 1) &&
  (row.available_from ?? 0) <= nowMs &&
  nowMs < (row.available_until ?? Infinity);

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
