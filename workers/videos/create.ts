// A new video and its playback id, as statements: the caller commits them in one batch with whatever else
// begins with the video (an upload).
import { newId, randomToken } from "#workers/ids.ts";
import type { SegmentFragments } from "#workers/timeline/timeline.ts";

export type PlaybackPolicy = "public" | "signed" | "drm";

export interface NewVideo {
  readonly title: string;
  readonly creator: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly policy: PlaybackPolicy;
  readonly segmentFragments: SegmentFragments;
}

export interface CreatedVideo {
  readonly videoId: string;
  readonly playbackId: string;
  readonly statements: readonly D1PreparedStatement[];
}

export function createVideo(db: D1Database, video: NewVideo, nowMs: number): CreatedVideo {
  const videoId = newId("video", nowMs);
  const { playbackId, statement } = createPlaybackId(db, videoId, video.policy, nowMs);
  const row = db
    .prepare(
      `INSERT INTO videos (id, title, creator, metadata, state, segment_fragments, created_at, updated_at)
       VALUES (?, ?, ?, ?, 'awaitingUpload', ?, ?, ?)`,
    )
    .bind(
      videoId,
      video.title,
      video.creator,
      JSON.stringify(video.metadata),
      video.segmentFragments,
      nowMs,
      nowMs,
    );
  return { videoId, playbackId, statements: [row, statement] };
}

/** Random, not derived from the video: a playback id is what a stranger may know. */
export function createPlaybackId(
  db: D1Database,
  videoId: string,
  policy: PlaybackPolicy,
  nowMs: number,
): { readonly playbackId: string; readonly statement: D1PreparedStatement } {
  const playbackId = randomToken();
  // The SELECT makes a playback id of a video that is being deleted impossible.
  const statement = db
    .prepare(
      `INSERT INTO playback_ids (id, video_id, policy, created_at)
       SELECT ?, id, ?, ? FROM videos WHERE id = ?`,
    )
    .bind(playbackId, policy, nowMs, videoId);
  return { playbackId, statement };
}
