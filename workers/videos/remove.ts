// Deleting a video: its rows go at once, with the messages that make everything else go.
import { endPlaybackIds } from "#workers/access/revocations-client.ts";
import type { Env } from "#workers/env.ts";
import { emitted } from "#workers/events/emit.ts";
import { always } from "#workers/outbox/outbox.ts";
import { outgoing, send, sendAll } from "#workers/outbox/outbox.ts";
import { dropped } from "#workers/replacements/transitions.ts";
import { urlSeconds } from "#workers/transcoding/object-url.ts";

/**
 * A runner that was at work holds object URLs, and a write that began before the first erasing may end after it:
 * the second comes when no URL is valid any more.
 */
const eraseAgainAfterMs = 2 * urlSeconds * 1000;

/**
 * Whoever watches is stopped first; if that can't be done, nothing is. The rest is erase.ts's, which goes on until
 * nothing is left.
 */
export async function removeVideo(
  env: Env,
  videoId: string,
  nowMs: number,
): Promise<"removed" | "unknown" | "unavailable"> {
  const { DB } = env;
  const [known, ids] = await DB.batch<{ id: string; clip_of?: string | null }>([
    DB.prepare("SELECT id, clip_of FROM videos WHERE id = ?").bind(videoId),
    DB.prepare("SELECT id FROM playback_ids WHERE video_id = ?").bind(videoId),
  ]);
  if (known?.results.length !== 1) return "unknown";
  const ended = await endPlaybackIds(env, ids?.results.map(({ id }) => id) ?? []);
  if (!ended.ok) return "unavailable";
  const erase = { kind: "erase", videoId, scope: "video" } as const;
  const now = outgoing(DB, erase, nowMs);
  const later = outgoing(DB, erase, nowMs, nowMs + eraseAgainAfterMs);
  const owner = known.results[0]?.clip_of ?? null;
  const ofOwner = owner === null ? [] : eraseUnused(DB, owner, nowMs);
  const told = emitted(DB, { type: "video.deleted", videoId }, nowMs, always);
  const [, deleted] = await DB.batch([
    told.statement,
    DB.prepare("DELETE FROM videos WHERE id = ?").bind(videoId),
    DB.prepare("DELETE FROM playback_ids WHERE video_id = ?").bind(videoId),
    dropped(DB, videoId),
    // Clips of it play what these tell of: they go with the last one, as erase.ts has it.
    ...["versions", "chunks"].map((table) =>
      DB.prepare(
        `DELETE FROM ${table} WHERE video_id = ?1 AND NOT EXISTS (SELECT 1 FROM videos WHERE clip_of = ?1)`,
      ).bind(videoId),
    ),
    now.statement,
    later.statement,
    ...ofOwner.map(({ statement }) => statement),
  ]);
  await send(env, now.message);
  // Where there is still something that needs the owner, its erasing finds that out and does nothing.
  for (const { message } of ofOwner) await send(env, message);
  await sendAll(env, [told]);
  return deleted !== undefined && deleted.meta.changes > 0 ? "removed" : "unknown";
}

/**
 * The media of a video that was deleted before its clips goes with the last of them, and so does a file that was
 * replaced.
 */
function eraseUnused(db: D1Database, owner: string, nowMs: number) {
  const isUnused = {
    sql: "NOT EXISTS (SELECT 1 FROM videos WHERE id = ? OR clip_of = ?)",
    bindings: [owner, owner],
  };
  const isThere = { sql: "EXISTS (SELECT 1 FROM videos WHERE id = ?)", bindings: [owner] };
  return [
    outgoing(db, { kind: "erase", videoId: owner, scope: "video" }, nowMs, nowMs, isUnused),
    outgoing(db, { kind: "erase", videoId: owner, scope: "unused" }, nowMs, nowMs, isThere),
  ];
}
