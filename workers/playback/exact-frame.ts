// The picture of an exact time. Made by a runner when it is asked for the first time: 202 until it is there.
import { limitPlayback, rateLimitHeaders } from "#workers/access/rate-limit.ts";
import { viewerIpOf } from "#workers/access/viewer-place.ts";
import type { Env } from "#workers/env.ts";
import { ok } from "#workers/result.ts";
import { frameKey, sourceKeyOf } from "#workers/storage/keys.ts";
import { sizeFor, type StoredImages } from "#workers/storage/stored-images.ts";
import { no, type Answer, type PlaybackCall } from "./call.ts";
import { corsHeaders } from "./headers.ts";

const retryAfterSeconds = 1;
/** The end is after the last picture. */
const beforeEndMs = 1;

export interface ExactFrame {
  readonly objectKey: string;
  readonly name: string;
  /** Asks for it to be made. */
  request(): Promise<Answer>;
}

/** In the sizes of the poster, so that no two viewers make nearly the same one. */
export function exactFrame(
  call: PlaybackCall,
  images: StoredImages,
  timeSeconds: number,
  width: number | null,
): ExactFrame | null {
  const size = sizeFor(images.poster, width);
  if (size === null) return null;
  const { media, record } = call;
  const { videoId, version } = media;
  const endSeconds = record.clip?.toSeconds ?? record.durationSeconds ?? 0;
  const endMs = Math.max(0, Math.floor(endSeconds * 1000) - beforeEndMs);
  const frame = { ...images.frame, ...size, atMs: Math.min(Math.round(timeSeconds * 1000), endMs) };
  return {
    objectKey: frameKey(videoId, version, frame),
    name: `frame.${frame.atMs}.${frame.width}`,
    request: async () => {
      const { env, request } = call;
      const taken = await limitPlayback(env, {
        ip: viewerIpOf(request.headers),
        playbackId: record.playbackId,
      });
      if (!taken.ok) return no("rateLimited", null, { headers: rateLimitHeaders(taken.reason) });
      const source = await sourceOfVideo(env, record.videoId, videoId);
      if (source === null) return no("sourceGone");
      const asked = await env.SCHEDULER.getByName("board").requestFrame({ videoId, version, source, frame });
      return asked === "tooMany" ? no("tooManyFrames") : ok(waiting());
    },
  };
}

/** A clip remembers which file of its owner's it is of, though not how long that is. */
async function sourceOfVideo(env: Env, videoId: string, owner: string) {
  const row = await env.DB.prepare("SELECT source_key, source_size_bytes FROM videos WHERE id = ?")
    .bind(videoId)
    .first<{ source_key: string | null; source_size_bytes: number | null }>();
  if (row === null) return null;
  const key = sourceKeyOf(owner, row.source_key);
  if (row.source_size_bytes !== null) return { key, sizeBytes: row.source_size_bytes };
  const object = await env.MEDIA.head(key);
  return object === null ? null : { key, sizeBytes: object.size };
}

function waiting(): Response {
  const headers = { ...corsHeaders, "Retry-After": String(retryAfterSeconds), "Cache-Control": "no-store" };
  return Response.json({ status: "waiting" }, { status: 202, headers });
}
