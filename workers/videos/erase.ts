// The consumer of the erase queue: whatever is stored of a video goes, page by page. Idempotent: a second
// run finds nothing. The outbox row goes last, so an erasing that was cut short comes again.
import type { Env } from "#workers/env.ts";
import { log } from "#workers/http/log.ts";
import { count } from "#workers/metrics/count.ts";
import type { EraseScope, OutboxMessage } from "#workers/outbox/outbox.ts";
import { settleEach } from "#workers/outbox/settle-each.ts";
import { eraseUnused } from "#workers/replacements/erase-unused.ts";
import { sourcePrefix, videoPrefix } from "#workers/storage/keys.ts";
import { eraseObjects, eraseVersion, mediaTables } from "./erase-version.ts";

export async function consumeErase(
  batch: MessageBatch<OutboxMessage>,
  env: Env,
  ctx: ExecutionContext,
): Promise<void> {
  await settleEach(batch, env.DB, "video.eraseFailed", async ({ body }) => {
    if (body.kind !== "erase") return;
    const { videoId, scope } = body;
    const objects = await erase(env, videoId, scope);
    count(env, ctx, "erased_objects_total", {}, objects);
    log("info", "video.erased", { videoId, scope, objects });
  });
}

/** The outbox row stays and the sweep sends it again: an erasing is never given up, only told of. */
export async function consumeEraseDead(
  batch: MessageBatch<OutboxMessage>,
  env: Env,
  ctx: ExecutionContext,
): Promise<void> {
  for (const message of batch.messages) {
    log("error", "video.eraseDead", { outboxId: message.body.outboxId, attempts: message.attempts });
    count(env, ctx, "dead_letters_total", { queue: "erase" });
    message.ack();
  }
}

async function erase(env: Env, videoId: string, scope: EraseScope): Promise<number> {
  if (scope === "unused") return eraseUnused(env, videoId, Date.now());
  const extent = await extentOf(env.DB, videoId, scope);
  if (extent === null) {
    log("error", "video.eraseRefused", { videoId, scope });
    return 0;
  }
  // First stop what writes, then remove what was written.
  const board = env.SCHEDULER.getByName("board");
  if (scope === "video") await board.cancel(videoId);
  else if (!(await board.forget(videoId))) return 0;
  if (scope === "video") await endUploads(env, videoId);
  if (extent.kind === "kept") return 0;
  return extent.kind === "ladder"
    ? eraseVersion(env, videoId, extent.version)
    : eraseAll(env, videoId, scope === "video");
}

async function eraseAll(env: Env, videoId: string, withUploads: boolean): Promise<number> {
  const objects =
    (await eraseObjects(env.MEDIA, videoPrefix(videoId))) +
    (await eraseObjects(env.MEDIA, sourcePrefix(videoId)));
  // Uploaded captions lie beside the versions.
  const stored = [...mediaTables, "captions"];
  const tables = withUploads ? [...stored, ...saidTables, "uploads", "imports"] : stored;
  await env.DB.batch(
    tables.map((table) => env.DB.prepare(`DELETE FROM ${table} WHERE video_id = ?`).bind(videoId)),
  );
  return objects;
}

/** What was said of a video, which a failed one keeps. */
const saidTables = ["chapters", "audio_tracks"];

/** Of a failed video whose file plays as it is, only what was encoded. */
type Extent =
  | { readonly kind: "all" }
  | { readonly kind: "kept" }
  | { readonly kind: "ladder"; readonly version: number };

/**
 * Null: nothing may be erased. The messages are committed with the deletion, or with the failure; any other state is
 * somebody's mistake.
 */
async function extentOf(db: D1Database, videoId: string, scope: "video" | "media"): Promise<Extent | null> {
  const row = await db
    .prepare("SELECT state, playable, version FROM videos WHERE id = ?")
    .bind(videoId)
    .first<{ state: string; playable: number; version: number }>();
  // What clips play stays until the last of them goes, which sends this message again.
  const clip = await db.prepare("SELECT 1 FROM videos WHERE clip_of = ? LIMIT 1").bind(videoId).first();
  const all = clip === null ? ({ kind: "all" } as const) : ({ kind: "kept" } as const);
  if (row === null) return all;
  if (scope === "video" || row.state !== "error") return null;
  return row.playable === 1 ? { kind: "ladder", version: row.version } : all;
}

async function endUploads(env: Env, videoId: string): Promise<void> {
  const uploads = await env.DB.prepare("SELECT id FROM uploads WHERE video_id = ? AND state = 'open'")
    .bind(videoId)
    .all<{ id: string }>();
  for (const { id } of uploads.results) await env.UPLOADS.getByName(id).cancel();
}
