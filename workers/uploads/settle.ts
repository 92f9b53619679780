// What the database learns of an upload's end. Each is one batch and harmless when repeated.
import type { Env } from "#workers/env.ts";
import { settleSound, soundEnded } from "#workers/audio-tracks/added-sounds.ts";
import { emitted } from "#workers/events/emit.ts";
import { logError } from "#workers/http/log.ts";
import { send, sendAll } from "#workers/outbox/outbox.ts";
import { holdMinutes, release } from "#workers/quotas/store.ts";
import { inspectAsSource } from "#workers/sources/inspect-as-source.ts";
import { nextVersion, settleReplacement } from "#workers/replacements/settle.ts";
import { settleSource } from "#workers/sources/settle-source.ts";
import { firstVersion } from "#workers/timeline/version-numbers.ts";
import type { VideoErrorCode } from "#workers/videos/lifecycle.ts";
import { failed } from "#workers/videos/transitions.ts";
import { endedState, objectKeyOf, termsOf, type EndReason, type Session } from "./session.ts";
import { tellArrived, tellEnded } from "./tell-settled.ts";
import { lastsTooLong } from "./terms.ts";

/** `played` and `waits`: the file was looked at. `tooLong`: and lasts longer than the upload allows. `videoGone`: someone deleted the video while its file was arriving. */
export type Settled = "played" | "waits" | "before" | "videoGone" | "tooLong";

export async function settleCompleted(env: Env, session: Session, nowMs: number): Promise<Settled> {
  if (session.sound === true) return settleSound(env, session, nowMs);
  const { uploadId, videoId, fileName: name, offsetBytes: sizeBytes } = session;
  const row = await env.DB.prepare(
    "SELECT u.state FROM videos v LEFT JOIN uploads u ON u.id = ? WHERE v.id = ?",
  )
    .bind(uploadId, videoId)
    .first<{ state: string | null }>();
  if (row === null || row.state === null) return "videoGone";
  // An earlier try got through; its message is in the outbox until a consumer settles it.
  if (row.state === "completed") return "before";

  const { replacement } = session;
  const version = replacement === undefined ? firstVersion : await nextVersion(env.DB, videoId);
  if (version === null) return "videoGone";
  const objectKey = objectKeyOf(session);
  const arrived = { videoId, version, objectKey };
  const terms = termsOf(session);
  let isTooLong = false;
  const inspected = await inspectAsSource(env, arrived, nowMs, async (seconds) => {
    const film = { holdId: uploadId, videoId, seconds, replaces: replacement !== undefined };
    isTooLong = lastsTooLong(terms, seconds) || !(await holdMinutes(env.DB, film, nowMs));
    return !isTooLong;
  });
  if (isTooLong) return "tooLong";
  const file = { videoId, version, name, sizeBytes };
  const settlement =
    replacement === undefined
      ? await settleSource(env.DB, file, inspected, nowMs)
      : await settleReplacement(env, { ...file, uploadId, objectKey }, replacement, inspected, nowMs);
  if (settlement === null) return "videoGone";
  const { statements, message } = settlement;
  const completed = emitted(env.DB, { type: "upload.completed", uploadId }, nowMs);
  const imported = emitted(env.DB, { type: "import.completed", importedBy: uploadId }, nowMs);
  const results = await env.DB.batch([
    ...statements,
    env.DB.prepare(
      "UPDATE uploads SET state = 'completed', size_bytes = ?, completed_at = ? WHERE id = ? AND state = 'open'",
    ).bind(sizeBytes, nowMs, uploadId),
    completed.statement,
    imported.statement,
    release(env.DB, uploadId),
  ]);
  const isImport = (results.at(-2)?.meta.changes ?? 0) > 0;
  // The row is what counts: the sweep sends again what did not get through.
  const sent =
    message === null
      ? Promise.resolve()
      : send(env, message).catch((error: unknown) => logError("upload.sendFailed", error, { uploadId }));
  const told = { arrivalId: uploadId, videoId, atMs: nowMs };
  await Promise.all([
    sent,
    // Of a replacement that does not play yet the video knows nothing.
    replacement === undefined || inspected.timeline.ok
      ? tellArrived(env, told, inspected.timeline, message !== null)
      : Promise.resolve(),
    sendAll(env, [...settlement.told, completed, ...(isImport ? [imported] : [])]),
  ]);
  return inspected.timeline.ok ? "played" : "waits";
}

export interface EndedUpload {
  readonly uploadId: string;
  readonly videoId: string;
  /** The video goes on as it is: it was to take the place of its file, or is a sound for it. */
  readonly isBeside: boolean;
  readonly isSound: boolean;
}

/**
 * The video stays, in state `error` with the reason: its id and playback id were given away when the upload
 * was created, and may be stored by others already. An id that turns into a bare 404 explains nothing;
 * deleting the video is the caller's choice.
 */
export async function settleEnded(
  env: Env,
  { uploadId, videoId, isBeside, isSound }: EndedUpload,
  reason: EndReason,
  nowMs: number,
): Promise<void> {
  const error = videoErrors[reason];
  const state = endedState(reason);
  const ended = emitted(env.DB, { type: `upload.${state}`, uploadId }, nowMs);
  const importEnd = state === "cancelled" ? "import.cancelled" : "import.failed";
  const imported = emitted(env.DB, { type: importEnd, importedBy: uploadId }, nowMs);
  const videoFailed = emitted(env.DB, { type: "video.failed", videoId }, nowMs);
  const sound = isSound ? soundEnded(env.DB, uploadId, videoId, error, nowMs) : null;
  const results = await env.DB.batch([
    release(env.DB, uploadId),
    env.DB.prepare(
      "UPDATE uploads SET state = ?, error_code = ?, completed_at = ? WHERE id = ? AND state = 'open'",
    ).bind(state, error.code, nowMs, uploadId),
    ended.statement,
    imported.statement,
    // Any other video has no file.
    ...(isBeside ? [] : [failed(env.DB, videoId, error, nowMs), videoFailed.statement]),
    ...(sound?.statements ?? []),
  ]);
  const changed = (index: number) => (results[index]?.meta.changes ?? 0) > 0;
  if (!isBeside && changed(4)) await tellEnded(env, { arrivalId: uploadId, videoId, atMs: nowMs }, error);
  await sendAll(env, [
    ended,
    ...(changed(3) ? [imported] : []),
    ...(isBeside ? [] : [videoFailed]),
    ...(sound === null ? [] : [sound.told]),
  ]);
}

const videoErrors: Readonly<Record<EndReason, { readonly code: VideoErrorCode; readonly message: string }>> =
  {
    cancelled: { code: "uploadCancelled", message: "The upload was cancelled." },
    expired: { code: "uploadExpired", message: "The upload was not finished in time." },
    emptyFile: { code: "emptyFile", message: "The file has no bytes." },
    importRefused: { code: "importRefused", message: "The source did not give the file away." },
    importNotReached: {
      code: "importNotReached",
      message: "The source did not answer, or broke off, again and again.",
    },
    importNotMedia: {
      code: "importNotMedia",
      message: "The source answered with something else than a film.",
    },
    importTargetRefused: {
      code: "importTargetRefused",
      message: "The URL leads to where nothing is fetched from.",
    },
    sourceTooLarge: { code: "sourceTooLarge", message: "The file is longer than is allowed." },
    tooLong: {
      code: "durationTooLong",
      message: "The file lasts longer than its upload allows.",
    },
    sourceMissing: { code: "sourceMissing", message: "The stored bytes of the upload are gone." },
  };
