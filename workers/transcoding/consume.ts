// From the queue to the board. A message says only which version; the board asks whether it is still wanted,
// so repeated, late and reordered ones do nothing. The outbox row goes last: the board owns the work by then.
import type { Env } from "#workers/env.ts";
import { log, logError } from "#workers/http/log.ts";
import { count } from "#workers/metrics/count.ts";
import type { OutboxMessage } from "#workers/outbox/outbox.ts";
import { settleEach } from "#workers/outbox/settle-each.ts";
import { headSource, type SourceRow } from "#workers/sources/head-source.ts";
import { readWaitingSound, soundFailed, type SoundName } from "./added-sound.ts";
import { failVideo } from "./fail-video.ts";
import type { VersionName } from "./publish.ts";

export async function consumeTranscode(
  batch: MessageBatch<OutboxMessage>,
  env: Env,
  _ctx: ExecutionContext,
): Promise<void> {
  await settleEach(batch, env.DB, "transcoding.notSubmitted", async ({ body }) => {
    if (body.kind !== "transcode") return;
    const { sound: track, ...name } = body;
    await (track === undefined
      ? submit(env, name, Date.now())
      : submitSound(env, { ...name, track }, Date.now()));
  });
}

/** No delivery worked. What the board never heard of, no one will encode. */
export async function consumeTranscodeDead(
  batch: MessageBatch<OutboxMessage>,
  env: Env,
  ctx: ExecutionContext,
): Promise<void> {
  await settleEach(batch, env.DB, "transcoding.deadLetterNotSettled", async ({ body, attempts }) => {
    log("error", "transcoding.deadLetter", { outboxId: body.outboxId, attempts });
    count(env, ctx, "dead_letters_total", { queue: "transcode" });
    if (body.kind !== "transcode") return;
    const { sound: track, ...name } = body;
    await (track === undefined
      ? bury(env, name)
      : soundFailed(env, { ...name, track }, notQueued, Date.now()));
  });
}

const notQueued = { code: "encodeFailed", message: "The file could not be queued for encoding." } as const;

async function submitSound(env: Env, name: SoundName, nowMs: number): Promise<void> {
  const waiting = await readWaitingSound(env.DB, name);
  if (waiting === null) return;
  const { order, creator, sourceKey } = waiting;
  const object = await env.MEDIA.head(sourceKey);
  if (object === null || object.size === 0) {
    const code = object === null ? "sourceMissing" : "emptyFile";
    const message = object === null ? "The uploaded file is gone." : "The uploaded file is empty.";
    return soundFailed(env, name, { code, message }, nowMs);
  }
  const { videoId, version, track } = name;
  const source = { key: sourceKey, sizeBytes: object.size };
  await env.SCHEDULER.getByName("board").submitSound({ videoId, version, track, order, creator, source });
}

/** It can be requeued from the board, whatever was in its way. */
async function bury(env: Env, name: VersionName): Promise<void> {
  const reason = notQueued;
  const source = await sourceOf(env, name);
  if (source === null) return failVideo(env, name, reason, Date.now(), { keptMs: 0 });
  const { videoId, version } = name;
  try {
    const board = env.SCHEDULER.getByName("board");
    await board.bury({ videoId, version, sourceKey: source.key, sizeBytes: source.size }, reason);
  } catch (error) {
    logError("transcoding.boardUnreachable", error, { videoId });
    await failVideo(env, name, reason, Date.now());
  }
}

async function submit(env: Env, name: VersionName, nowMs: number): Promise<void> {
  const { videoId, version } = name;
  const source = await sourceOf(env, name);
  if (source === null) {
    const reason = { code: "sourceMissing", message: "The uploaded file is gone." } as const;
    await failVideo(env, name, reason, nowMs, { keptMs: 0 });
    return;
  }
  if (source.size === 0) {
    const reason = { code: "emptyFile", message: "The uploaded file is empty." } as const;
    await failVideo(env, name, reason, nowMs, { keptMs: 0 });
    return;
  }
  // The board wakes the runners: it knows whether there is anything new to do.
  const board = env.SCHEDULER.getByName("board");
  await board.submit({ videoId, version, sourceKey: source.key, sizeBytes: source.size });
}

async function sourceOf(env: Env, { videoId, version }: VersionName): Promise<R2Object | null> {
  const row = await env.DB.prepare(
    `SELECT source_key, source_etag FROM replacements WHERE id = ?1 AND version = ?2
     UNION ALL SELECT source_key, source_etag FROM videos WHERE id = ?1 AND version = ?2`,
  )
    .bind(videoId, version)
    .first<SourceRow>();
  return headSource(env.MEDIA, videoId, row ?? { source_key: null, source_etag: null });
}
