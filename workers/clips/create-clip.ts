// A clip: a video that plays a part of another's media. Nothing is encoded and nothing copied, so it plays at once.
import type { Env } from "#workers/env.ts";
import { emitted } from "#workers/events/emit.ts";
import { newId } from "#workers/ids.ts";
import { sendAll } from "#workers/outbox/outbox.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { addTags, createPlaybackId, type PlaybackPolicy } from "#workers/videos/create.ts";

export interface NewClip {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly title: string | undefined;
  readonly creator: string | null | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly policy: PlaybackPolicy;
}

export type ClipRefusal = "notFound" | "notYetComplete" | "videoNotPlayable" | "beyondEnd";

interface Origin {
  readonly owner: string;
  readonly state: string;
  readonly playable: number;
  readonly from_seconds: number;
  readonly duration_seconds: number | null;
  readonly sealed: number;
}

/** Gives the new video's id. A clip of a clip is one of the video that has the media. */
export async function createClip(
  env: Env,
  videoId: string,
  clip: NewClip,
  nowMs: number,
): Promise<Result<string, ClipRefusal>> {
  const { DB } = env;
  const origin = await DB.prepare(
    `SELECT coalesce(v.clip_of, v.id) AS owner, v.state, v.playable, coalesce(v.clip_from_seconds, 0) AS from_seconds,
       v.duration_seconds,
       EXISTS (SELECT 1 FROM versions m WHERE m.video_id = coalesce(v.clip_of, v.id) AND m.state = 'sealed'
         AND (m.version = v.version OR m.version = v.version - 1 AND m.kind = 'source')) AS sealed
     FROM videos v WHERE v.id = ?`,
  )
    .bind(videoId)
    .first<Origin>();
  if (origin === null) return refuse("notFound");
  if (origin.playable === 0 && origin.state === "error") return refuse("videoNotPlayable");
  // What still grows has no end that a clip could be measured by.
  const { duration_seconds: durationSeconds } = origin;
  if (origin.playable === 0 || origin.sealed === 0 || durationSeconds === null)
    return refuse("notYetComplete");
  // A player tells the end of what it plays to the millisecond, the packets more exactly.
  if (clip.startSeconds >= durationSeconds || clip.endSeconds > durationSeconds + 0.001)
    return refuse("beyondEnd");
  const fromSeconds = origin.from_seconds + clip.startSeconds;
  const toSeconds = origin.from_seconds + Math.min(clip.endSeconds, durationSeconds);
  const clipId = newId("video", nowMs);
  const row = DB.prepare(
    `INSERT INTO videos (id, title, creator, metadata, state, playable, percent, version, segment_fragments,
       source_key, source_etag, duration_seconds, width, height, frame_rate, created_at, updated_at,
       clip_of, clip_from_seconds, clip_to_seconds)
     SELECT ?1, coalesce(?2, title), CASE ?3 WHEN 1 THEN ?4 ELSE creator END, ?5, 'ready', 1, 100, version,
       segment_fragments, source_key, source_etag, ?6, width, height, frame_rate, ?7, ?7, ?8, ?9, ?10
     FROM videos WHERE id = ?11`,
  ).bind(
    ...[clipId, clip.title ?? null, clip.creator === undefined ? 0 : 1, clip.creator ?? null],
    ...[JSON.stringify(clip.metadata), toSeconds - fromSeconds, nowMs],
    ...[origin.owner, fromSeconds, toSeconds, videoId],
  );
  const created = emitted(DB, { type: "video.created", videoId: clipId }, nowMs);
  const ready = emitted(DB, { type: "video.ready", videoId: clipId }, nowMs);
  const playback = createPlaybackId(DB, { videoId: clipId, policy: clip.policy, access: {} }, nowMs);
  const tags = clip.tags.length === 0 ? [] : [addTags(DB, clipId, clip.tags)];
  const [inserted] = await DB.batch([row, created.statement, ready.statement, playback.statement, ...tags]);
  // The video went meanwhile.
  if (inserted?.meta.changes === 0) return refuse("notFound");
  await sendAll(env, [created, ready]);
  return ok(clipId);
}
