// A failed video is set to work again. May be repeated after a crash in its middle.
import type { Env } from "#workers/env.ts";
import { emitted } from "#workers/events/emit.ts";
import { dropMessages, sendAll } from "#workers/outbox/outbox.ts";
import { requeued } from "#workers/videos/transitions.ts";
import type { Outcome, VersionName } from "./publish.ts";

/** What was to be erased of it stays. */
export async function requeueVideo(
  env: Env,
  { videoId, version }: VersionName,
  nowMs: number,
): Promise<Outcome> {
  const updated = { type: "video.updated", videoId } as const;
  const told = [emitted(env.DB, updated, nowMs), emitted(env.DB, updated, nowMs)] as const;
  await env.DB.batch([
    requeued(env.DB, videoId, version, nowMs),
    told[0].statement,
    requeued(env.DB, videoId, version, nowMs, "replacements"),
    told[1].statement,
    dropMessages(env.DB, { kind: "erase", videoId, scope: "media" }),
  ]);
  await sendAll(env, told);
  const row = await env.DB.prepare(
    `SELECT state FROM videos WHERE id = ?1 AND version = ?2
     UNION ALL SELECT state FROM replacements WHERE id = ?1 AND version = ?2`,
  )
    .bind(videoId, version)
    .first<{ state: string }>();
  return row?.state === "uploaded" || row?.state === "processing" ? "done" : "gone";
}
