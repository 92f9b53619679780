// A video that can't be made, or the file that was to replace its own. May be repeated, as publish.ts has it.
import type { Env } from "#workers/env.ts";
import { emitted } from "#workers/events/emit.ts";
import { outgoing, send, sendAll } from "#workers/outbox/outbox.ts";
import { eraseLater } from "#workers/replacements/erase-later.ts";
import { replacementFailed } from "#workers/replacements/transitions.ts";
import type { VideoErrorCode } from "#workers/videos/lifecycle.ts";
import { failed } from "#workers/videos/transitions.ts";
import { endOfJob } from "./job-events.ts";
import type { EndedJob } from "./job-present.ts";
import type { Failed } from "./job-rows.ts";
import { urlSeconds } from "./object-url.ts";
import type { VersionName } from "./publish.ts";

/** How long the source and the accepted chunks of a failed video are kept, for it to be taken up again. */
export const failedKeptMs = 7 * 24 * 3_600_000;

/** A file that no try can make anything of is kept for nobody. */
export function keptAfter(code: VideoErrorCode): number {
  switch (code) {
    case "encodeFailed":
    case "encodeCancelled":
    case "sourceTooLarge":
      return failedKeptMs;
    case "emptyFile":
    case "unreadable":
    case "sourceTruncated":
    case "noMedia":
    case "tooLargeDimensions":
    case "durationTooLong":
    case "sourceMissing":
    case "passthroughUnfit":
    case "importRefused":
    case "importNotReached":
    case "importNotMedia":
    case "importTargetRefused":
    case "uploadExpired":
    case "uploadCancelled":
      return 0;
  }
}

/** What viewers had of it goes at once, what is stored of it after a while: then nothing stays but its row. */
export async function failVideo(
  env: Env,
  name: VersionName,
  reason: Failed,
  nowMs: number,
  { keptMs = keptAfter(reason.code), job }: { readonly keptMs?: number; readonly job?: EndedJob } = {},
): Promise<void> {
  const { videoId, version } = name;
  const hasFailed = {
    sql: "EXISTS (SELECT 1 FROM videos WHERE id = ? AND version = ? AND state = 'error')",
    bindings: [videoId, version],
  };
  const body = { kind: "erase", videoId, scope: "media" } as const;
  const erase = outgoing(env.DB, body, nowMs, nowMs + keptMs, hasFailed);
  // Once more when no URL is good any more by which a runner could write straight to the bucket.
  const again = outgoing(env.DB, body, nowMs, nowMs + keptMs + 2 * urlSeconds * 1000, hasFailed);
  const remove = (table: "chunks" | "versions") =>
    env.DB.prepare(`DELETE FROM ${table} WHERE video_id = ? AND version = ? AND ${hasFailed.sql}`).bind(
      videoId,
      version,
      ...hasFailed.bindings,
    );
  const current = await env.DB.prepare("SELECT version FROM videos WHERE id = ?")
    .bind(videoId)
    .first<{ version: number }>();
  if (current?.version !== version) return failReplacement(env, name, reason, nowMs, keptMs, job);
  const told = [
    emitted(env.DB, { type: "video.failed", videoId }, nowMs),
    ...(job === undefined ? [] : endOfJob(env.DB, job, nowMs)),
  ];
  const results = await env.DB.batch([
    failed(env.DB, videoId, reason, nowMs),
    ...told.map(({ statement }) => statement),
    remove("chunks"),
    remove("versions"),
    again.statement,
    erase.statement,
  ]);
  await sendAll(env, told);
  if (keptMs === 0 && (results.at(-1)?.meta.changes ?? 0) > 0) await send(env, erase.message);
}

/** The video goes on as it is, and says why. */
async function failReplacement(
  env: Env,
  name: VersionName,
  reason: Failed,
  nowMs: number,
  keptMs: number,
  job: EndedJob | undefined,
): Promise<void> {
  const { videoId } = name;
  const told = [
    emitted(env.DB, { type: "video.updated", videoId }, nowMs),
    ...(job === undefined ? [] : endOfJob(env.DB, job, nowMs)),
  ];
  await env.DB.batch([
    replacementFailed(env.DB, name, reason, nowMs),
    ...told.map(({ statement }) => statement),
    ...eraseLater(env.DB, videoId, nowMs, nowMs + keptMs).map(({ statement }) => statement),
  ]);
  await sendAll(env, told);
}
