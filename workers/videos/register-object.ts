// A video of an object that is in the bucket already, the owner's own: looked at like an upload that has just ended,
// played and encoded from where it is. Nothing here or later copies, changes or removes it.
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { outgoing, send, sendAll, withdrawn } from "#workers/outbox/outbox.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { inspectAsSource } from "#workers/sources/inspect-as-source.ts";
import { settlementOf } from "#workers/sources/settle-source.ts";
import { firstVersion } from "#workers/timeline/version-numbers.ts";
import { tellArrived } from "#workers/uploads/tell-settled.ts";
import { createVideo, type NewVideo } from "./create.ts";
import { fileNameOf } from "./object-key.ts";

export interface Registration extends NewVideo {
  readonly sourceKey: string;
  /** JSON of its custom profile. */
  readonly profile: string | null;
}

export interface Registered {
  readonly videoId: string;
  /** It does not play as it is: what it is could not be told by the way. */
  readonly isUnknown: boolean;
  readonly sizeBytes: number;
}

/** Longer than any request lives. */
const undoAfterMs = 3_600_000;

export async function registerObject(
  env: Env,
  { profile, ...video }: Registration,
  nowMs: number,
): Promise<Result<Registered, "sourceObjectMissing" | "sourceObjectEmpty">> {
  const { sourceKey: objectKey, encoding, priority } = video;
  const object = await env.MEDIA.head(objectKey);
  if (object === null) return refuse("sourceObjectMissing");
  if (object.size === 0) return refuse("sourceObjectEmpty");
  const created = createVideo(env.DB, video, nowMs);
  const { videoId } = created;
  // Objects of the video come before its rows: they are removed, should this end between the two.
  const undo = outgoing(env.DB, { kind: "erase", videoId, scope: "video" }, nowMs, nowMs + undoAfterMs);
  await undo.statement.run();
  const inspected = await inspectAsSource(env, { videoId, version: firstVersion, objectKey }, nowMs);
  const { size: sizeBytes, etag } = object;
  const file = inspected.file ?? { sizeBytes, etag };
  const {
    statements,
    message,
    told: settled,
  } = settlementOf(
    env.DB,
    { videoId, version: firstVersion, name: fileNameOf(objectKey), sizeBytes: file.sizeBytes },
    { encoding, priority, profile },
    { ...inspected, file },
    nowMs,
  );
  await env.DB.batch([...created.statements, ...statements, withdrawn(env.DB, undo.message.outboxId)]);
  // The row is what counts: the sweep sends again what did not get through.
  const sent =
    message === null
      ? Promise.resolve()
      : send(env, message).catch((error: unknown) => logError("video.sendFailed", error, { videoId }));
  const arrival = { arrivalId: videoId, videoId, atMs: nowMs };
  await Promise.all([
    sent,
    tellArrived(env, arrival, inspected.timeline, message !== null),
    sendAll(env, [...created.told, ...settled]),
  ]);
  return ok({ videoId, isUnknown: !inspected.timeline.ok && message !== null, sizeBytes: file.sizeBytes });
}
