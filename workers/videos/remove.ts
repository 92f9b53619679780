// Deleting a video: its rows go at once, with the messages that make everything else go.
import type { Env } from "#workers/env.ts";
import { outgoing, send } from "#workers/outbox/outbox.ts";
import { grantLifetimeMs } from "#workers/transcoding/object-url.ts";

/**
 * A runner that was at work holds object URLs, and a write that began before the first erasing may end after it:
 * the second comes when no URL is valid any more.
 */
const eraseAgainAfterMs = grantLifetimeMs + 3_600_000;

/** False when there is no such video. The rest is erase.ts's, which goes on until nothing is left. */
export async function removeVideo(env: Env, videoId: string, nowMs: number): Promise<boolean> {
  const { DB } = env;
  const known = await DB.prepare("SELECT 1 FROM videos WHERE id = ?").bind(videoId).first();
  if (known === null) return false;
  const erase = { kind: "erase", videoId, scope: "video" } as const;
  const now = outgoing(DB, erase, nowMs);
  const later = outgoing(DB, erase, nowMs, nowMs + eraseAgainAfterMs);
  const [deleted] = await DB.batch([
    DB.prepare("DELETE FROM videos WHERE id = ?").bind(videoId),
    ...["playback_ids", "versions", "chunks"].map((table) =>
      DB.prepare(`DELETE FROM ${table} WHERE video_id = ?`).bind(videoId),
    ),
    now.statement,
    later.statement,
  ]);
  await send(env, now.message);
  return deleted !== undefined && deleted.meta.changes > 0;
}
