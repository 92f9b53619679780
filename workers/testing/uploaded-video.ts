// A video whose upload has just been completed, as the upload leaves it: row, source, outbox.
import type { Env } from "#workers/env.ts";
import { outgoing, type OutboxMessage } from "#workers/outbox/outbox.ts";
import { sourceKey } from "#workers/storage/keys.ts";
import { createVideo, openVideo } from "#workers/videos/create.ts";
import { uploadCompleted } from "#workers/videos/transitions.ts";

export interface UploadedVideo {
  readonly videoId: string;
  readonly version: number;
  readonly message: OutboxMessage;
}

export async function uploadedVideo(env: Env, nowMs = Date.now()): Promise<UploadedVideo> {
  const created = createVideo(
    env.DB,
    { title: "", creator: null, metadata: {}, policy: "public", segmentFragments: 2, ...openVideo },
    nowMs,
  );
  const { videoId } = created;
  const version = 1;
  await env.MEDIA.put(
    sourceKey(videoId),
    new Uint8Array(5000).map((_, at) => at % 251),
  );
  const sent = outgoing(env.DB, { kind: "transcode", videoId, version }, nowMs);
  const completed = uploadCompleted(env.DB, videoId, { name: "a.mp4", sizeBytes: 5000 }, nowMs);
  await env.DB.batch([...created.statements, completed, sent.statement]);
  return { videoId, version, message: sent.message };
}
