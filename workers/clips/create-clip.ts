// A clip: a video that plays a part of another's media. Nothing is encoded and nothing copied, so it plays at once.
import type { OwnAccess } from "#workers/access/policy.ts";
import type { Env } from "#workers/env.ts";
import { emitted } from "#workers/events/emit.ts";
import { newId } from "#workers/ids.ts";
import { sendAll } from "#workers/outbox/outbox.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import {
  addTags,
  createPlaybackId,
  type NewPlaybackId,
  type PlaybackPolicy,
} from "#workers/videos/create.ts";

export interface NewClip {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly title: string | undefined;
  readonly creator: string | null | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** Undefined: with its rules, as the video's first playback id is. */
  readonly policy: PlaybackPolicy | undefined;
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
       clip_of, clip_from_seconds, clip_to_seconds, available_from, available_until, playback)
     SELECT ?1, coalesce(?2, title), CASE ?3 WHEN 1 THEN ?4 ELSE creator END, ?5, 'ready', 1, 100, version,
       segment_fragments, source_key, source_etag, ?6, width, height, frame_rate, ?7, ?7, ?8, ?9, ?10,
       available_from, available_until, json_remove(playback, '$.startSeconds', '$.endSeconds')
     FROM videos WHERE id = ?11`,
  ).bind(
    ...[clipId, clip.title ?? null, clip.creator === undefined ? 0 : 1, clip.creator ?? null],
    ...[JSON.stringify(clip.metadata), toSeconds - fromSeconds, nowMs],
    ...[origin.owner, fromSeconds, toSeconds, videoId],
  );
  const access =
    clip.policy === undefined ? await accessOfVideo(DB, videoId) : { policy: clip.policy, access: {} };
  const playback = createPlaybackId(DB, { videoId: clipId, ...access }, nowMs);
  const tags = clip.tags.length === 0 ? [] : [addTags(DB, clipId, clip.tags)];
  // Behind all that belongs to it: what is told is the whole resource.
  const isThere = { sql: "EXISTS (SELECT 1 FROM videos WHERE id = ?)", bindings: [clipId] };
  const created = emitted(DB, { type: "video.created", videoId: clipId }, nowMs, isThere);
  const ready = emitted(DB, { type: "video.ready", videoId: clipId }, nowMs, isThere);
  const [inserted] = await DB.batch([row, playback.statement, ...tags, created.statement, ready.statement]);
  // The video went meanwhile.
  if (inserted?.meta.changes === 0) return refuse("notFound");
  await sendAll(env, [created, ready]);
  return ok(clipId);
}

/** A window of the video's own seconds says nothing of the clip's. */
async function accessOfVideo(db: D1Database, videoId: string): Promise<Omit<NewPlaybackId, "videoId">> {
  const first = await db
    .prepare("SELECT policy, access FROM playback_ids WHERE video_id = ? ORDER BY created_at, id LIMIT 1")
    .bind(videoId)
    .first<{ policy: PlaybackPolicy; access: string }>();
  if (first === null) return { policy: "signed", access: {} };
  // Own rows only.
  const { termsVersion: _, limits, ...rules } = JSON.parse(first.access) as OwnAccess;
  if (limits === undefined) return { policy: first.policy, access: rules };
  const { startSeconds: _start, endSeconds: _end, ...kept } = limits;
  return { policy: first.policy, access: { ...rules, limits: kept } };
}
