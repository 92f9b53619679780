// What the database learns of an upload's end. Each is one batch and harmless when repeated.
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { outgoing, send } from "#workers/outbox/outbox.ts";
import type { Priority } from "#workers/transcoding/job-settings.ts";
import type { VideoErrorCode } from "#workers/videos/lifecycle.ts";
import { failed, uploadCompleted } from "#workers/videos/transitions.ts";
import { endedState, type EndReason, type Session } from "./session.ts";

/** The version that a first upload makes. */
const firstVersion = 1;

/** `videoGone`: someone deleted the video while its file was arriving. */
export async function settleCompleted(
  env: Env,
  session: Session,
  nowMs: number,
): Promise<"settled" | "videoGone"> {
  const row = await env.DB.prepare(
    "SELECT u.state, v.id AS video, v.priority FROM videos v LEFT JOIN uploads u ON u.id = ? WHERE v.id = ?",
  )
    .bind(session.uploadId, session.videoId)
    .first<{ state: string | null; video: string; priority: Priority }>();
  if (row === null || row.state === null) return "videoGone";
  // An earlier try got through; its message is in the outbox until a consumer settles it.
  if (row.state === "completed") return "settled";

  const { statement, message } = outgoing(
    env.DB,
    { kind: "transcode", videoId: session.videoId, version: firstVersion, priority: row.priority },
    nowMs,
  );
  const source = { name: session.fileName, sizeBytes: session.offsetBytes };
  await env.DB.batch([
    uploadCompleted(env.DB, session.videoId, source, nowMs),
    env.DB.prepare(
      "UPDATE uploads SET state = 'completed', size_bytes = ?, completed_at = ? WHERE id = ? AND state = 'open'",
    ).bind(session.offsetBytes, nowMs, session.uploadId),
    statement,
  ]);
  // The row is what counts: the sweep sends again what did not get through.
  await send(env, message).catch((error: unknown) =>
    logError("upload.sendFailed", error, { uploadId: session.uploadId }),
  );
  return "settled";
}

/**
 * The video stays, in state `error` with the reason: its id and playback id were given away when the upload
 * was created, and may be stored by others already. An id that turns into a bare 404 explains nothing;
 * deleting the video is the caller's choice.
 */
export async function settleEnded(
  db: D1Database,
  upload: { readonly uploadId: string; readonly videoId: string },
  reason: EndReason,
  nowMs: number,
): Promise<void> {
  const error = videoErrors[reason];
  await db.batch([
    db
      .prepare(
        "UPDATE uploads SET state = ?, error_code = ?, completed_at = ? WHERE id = ? AND state = 'open'",
      )
      .bind(endedState(reason), error.code, nowMs, upload.uploadId),
    failed(db, upload.videoId, error, nowMs),
  ]);
}

const videoErrors: Readonly<Record<EndReason, { readonly code: VideoErrorCode; readonly message: string }>> =
  {
    cancelled: { code: "uploadCancelled", message: "The upload was cancelled." },
    expired: { code: "uploadExpired", message: "The upload was not finished in time." },
    emptyFile: { code: "emptyFile", message: "The file has no bytes." },
    sourceMissing: { code: "sourceMissing", message: "The stored bytes of the upload are gone." },
  };
