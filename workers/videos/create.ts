// A new video and its playback id, as statements: the caller commits them in one batch with whatever else
// begins with the video (an upload).
import type { Limits } from "#workers/access/limits.ts";
import type { OwnAccess } from "#workers/access/policy.ts";
import { emitted } from "#workers/events/emit.ts";
import { always } from "#workers/outbox/outbox.ts";
import { newId, randomToken } from "#workers/ids.ts";
import type { Outgoing } from "#workers/outbox/outbox.ts";
import type { Priority } from "#workers/transcoding/priority.ts";
import type { Encoding } from "#workers/transcoding/profile.ts";
import type { SegmentFragments } from "#workers/timeline/timeline.ts";

export type PlaybackPolicy = "public" | "signed" | "drm";

export interface NewVideo {
  readonly title: string;
  readonly creator: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly policy: PlaybackPolicy;
  readonly segmentFragments: SegmentFragments;
  readonly tags: readonly string[];
  readonly availableFromMs: number | null;
  readonly availableUntilMs: number | null;
  readonly deleteAtMs: number | null;
  readonly playback: Limits;
  readonly encoding: Encoding;
  readonly priority: Priority;
  /** An object of the owner's own. Null: a file is to be uploaded. */
  readonly sourceKey: string | null;
}

/** What a caller need not say. */
export const openVideo = {
  tags: [],
  availableFromMs: null,
  availableUntilMs: null,
  deleteAtMs: null,
  playback: {},
  encoding: "standard",
  priority: "normal",
  sourceKey: null,
} as const;

export interface CreatedVideo {
  readonly videoId: string;
  readonly playbackId: string;
  readonly statements: readonly D1PreparedStatement[];
  /** Among the statements; to be sent after the commit. */
  readonly told: readonly Outgoing[];
}

export function createVideo(db: D1Database, video: NewVideo, nowMs: number): CreatedVideo {
  const videoId = newId("video", nowMs);
  const { playbackId, statement } = createPlaybackId(
    db,
    { videoId, policy: video.policy, access: {} },
    nowMs,
  );
  const row = db
    .prepare(
      `INSERT INTO videos (id, title, creator, metadata, state, segment_fragments, created_at, updated_at,
         available_from, available_until, playback, encoding, priority, source_key, delete_at)
       VALUES (?, ?, ?, ?, 'awaitingUpload', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .bind(
      videoId,
      video.title,
      video.creator,
      JSON.stringify(video.metadata),
      video.segmentFragments,
      nowMs,
      nowMs,
      video.availableFromMs,
      video.availableUntilMs,
      JSON.stringify(video.playback),
      video.encoding,
      video.priority,
      video.sourceKey,
      video.deleteAtMs,
    );
  const tags = video.tags.length === 0 ? [] : [addTags(db, videoId, video.tags)];
  const told = emitted(db, { type: "video.created", videoId }, nowMs, always);
  return { videoId, playbackId, statements: [row, statement, ...tags, told.statement], told: [told] };
}

export function msOrNull(instant: string | null): number | null {
  return instant === null ? null : Date.parse(instant);
}

/** Of a video that is there. */
export function addTags(db: D1Database, videoId: string, tags: readonly string[]): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO video_tags (video_id, tag)
       SELECT videos.id, tags.value FROM videos, json_each(?2) AS tags WHERE videos.id = ?1`,
    )
    .bind(videoId, JSON.stringify(tags));
}

export interface NewPlaybackId {
  readonly videoId: string;
  readonly policy: PlaybackPolicy;
  readonly access: OwnAccess;
}

/** Random, not derived from the video: a playback id is what a stranger may know. */
export function createPlaybackId(
  db: D1Database,
  { videoId, policy, access }: NewPlaybackId,
  nowMs: number,
): { readonly playbackId: string; readonly statement: D1PreparedStatement } {
  const playbackId = randomToken();
  // The SELECT makes a playback id of a video that is being deleted impossible.
  const statement = db
    .prepare(
      `INSERT INTO playback_ids (id, video_id, policy, created_at, access)
       SELECT ?, id, ?, ?, ? FROM videos WHERE id = ?`,
    )
    .bind(playbackId, policy, nowMs, JSON.stringify(access), videoId);
  return { playbackId, statement };
}
