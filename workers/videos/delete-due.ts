// Videos whose time is over are deleted as if by hand.
import type { Env } from "#workers/env.ts";
import { bySystem } from "#workers/audit/entry.ts";
import { insertAudit } from "#workers/audit/store.ts";
import { log, logError } from "#workers/http/log.ts";
import { removeVideo } from "./remove.ts";

/** Of one sweep; the next comes a minute later. */
const mostVideos = 50;

/** Returns how many are gone. */
export async function deleteDue(env: Env, nowMs: number): Promise<number> {
  const due = await env.DB.prepare(
    "SELECT id FROM videos WHERE delete_at IS NOT NULL AND delete_at <= ? ORDER BY delete_at LIMIT ?",
  )
    .bind(nowMs, mostVideos)
    .all<{ id: string }>();
  let removed = 0;
  for (const { id } of due.results) {
    try {
      const outcome = await removeVideo(env, id, nowMs);
      log("info", "video.deleteDue", { videoId: id, outcome });
      if (outcome !== "removed") continue;
      removed++;
      await insertAudit(env.DB, bySystem("deleteVideo", "DELETE", `/v1/videos/${id}`, [id]), nowMs);
    } catch (error) {
      // Tried again in a minute; meanwhile the others' time is over too.
      logError("video.deleteDueFailed", error, { videoId: id });
    }
  }
  return removed;
}
