// The cron's sweep. Each upload has an alarm of its own; this finds those whose alarm was lost, or whose
// object never came to be.
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { settleEnded, type EndedUpload } from "./settle.ts";

const sweepUploads = 50;

interface DueUpload {
  readonly id: string;
  readonly video_id: string;
  readonly replaces: number;
  readonly is_sound: number;
}

/** Returns how many were looked at. */
export async function expireUploads(env: Env, nowMs: number): Promise<number> {
  const due = await env.DB.prepare(
    `SELECT id, video_id, replaces, EXISTS (SELECT 1 FROM added_sounds s WHERE s.id = uploads.id) AS is_sound
     FROM uploads WHERE state = 'open' AND expires_at <= ? ORDER BY expires_at LIMIT ?`,
  )
    .bind(nowMs, sweepUploads)
    .all<DueUpload>();
  for (const row of due.results) {
    try {
      await expireOne(env, row, nowMs);
    } catch (error) {
      // Tried again in a minute; meanwhile the others' time is over too.
      logError("upload.expireFailed", error, { uploadId: row.id });
    }
  }
  return due.results.length;
}

async function expireOne(env: Env, row: DueUpload, nowMs: number): Promise<void> {
  const reply = await env.UPLOADS.getByName(row.id).expire(nowMs);
  switch (reply.kind) {
    case "open":
      // Writes have put it off since; the row learns of it only here.
      await env.DB.prepare("UPDATE uploads SET expires_at = ? WHERE id = ? AND state = 'open'")
        .bind(Math.max(reply.expiresAtMs, nowMs + 1), row.id)
        .run();
      break;
    case "unknown":
      await settleEnded(env, endedOf(row), "expired", nowMs);
      break;
    case "closed":
      break;
  }
}

function endedOf(row: DueUpload): EndedUpload {
  const isSound = row.is_sound === 1;
  return { uploadId: row.id, videoId: row.video_id, isBeside: isSound || row.replaces === 1, isSound };
}
