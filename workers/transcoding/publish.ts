// What the scheduler changes outside of itself: rows of D1 and objects of R2. Every function may be repeated
// after a crash in its middle, and says when the video is no longer there to be changed.
import type { Env } from "#workers/env.ts";
import { emitted } from "#workers/events/emit.ts";
import { dropMessages, sendAll } from "#workers/outbox/outbox.ts";
import { release } from "#workers/quotas/store.ts";
import { eraseLater } from "#workers/replacements/erase-later.ts";
import { droppedWhenOver, findReplacement, tookOver } from "#workers/replacements/transitions.ts";
import { initKey } from "#workers/storage/keys.ts";
import type { StoredImages } from "#workers/storage/stored-images.ts";
import type { Format } from "#workers/timeline/timeline.ts";
import {
  becamePlayable,
  chunkPublished,
  planned,
  progressed,
  sealed,
  type EncodedTable,
} from "#workers/videos/transitions.ts";
import { endOfJob } from "./job-events.ts";
import { jobIdOf } from "./job-rows.ts";
import type { EndedJob, ShownJob } from "./job-present.ts";
import type { Text } from "./part-rows.ts";
import type { Plan } from "./plan.ts";
import { mergeFormats } from "./predicted-formats.ts";
import { gopOf } from "./planned-tasks.ts";

export interface VersionName {
  readonly videoId: string;
  readonly version: number;
}

/** `gone`: deleted, failed, or another version by now. Nothing of the job matters any more. */
export type Outcome = "done" | "gone";

/** With the video's id and the version as the first two parameters. */
const stillProcessing = `(EXISTS (SELECT 1 FROM videos WHERE id = ?1 AND version = ?2 AND state = 'processing')
  OR EXISTS (SELECT 1 FROM replacements WHERE id = ?1 AND version = ?2 AND state = 'processing'))`;

export async function sendPlanned(
  env: Env,
  name: VersionName,
  plan: Plan,
  job: ShownJob,
  nowMs: number,
): Promise<void> {
  const { videoId } = name;
  const told = [
    emitted(env.DB, { type: "video.updated", videoId }, nowMs),
    emitted(env.DB, { type: "job.started", data: job }, nowMs),
  ];
  const [video, replacement] = plannedStatements(env, name, plan, nowMs);
  const held = release(env.DB, jobIdOf(videoId, name.version));
  await env.DB.batch([replacement, video, ...told.map(({ statement }) => statement), held]);
  await sendAll(env, told);
}

export async function sendProgress(
  env: Env,
  name: VersionName,
  percent: number,
  nowMs: number,
): Promise<void> {
  await env.DB.batch(
    encodedTables.map((table) => progressed(env.DB, name.videoId, name.version, percent, nowMs, table)),
  );
}

/**
 * Written by the scheduler alone, from the first accepted report of the track. False when another one is
 * there already, which no crash explains.
 */
export async function storeInit(
  env: Env,
  name: VersionName,
  track: string,
  init: Uint8Array,
): Promise<boolean> {
  const key = initKey(name.videoId, name.version, track);
  const options = { onlyIf: { etagDoesNotMatch: "*" }, httpMetadata: { contentType: "video/mp4" } };
  if ((await env.MEDIA.put(key, init, options)) !== null) return true;
  const existing = await env.MEDIA.get(key);
  return existing !== null && sameBytes(new Uint8Array(await existing.arrayBuffer()), init);
}

export interface ChunkPublication {
  readonly chunk: number;
  /** Of the tracks that are there. */
  readonly index: Uint8Array;
  /** False: it is the first one, of which only some tracks are there. */
  readonly whole: boolean;
}

/**
 * What is there of a chunk at once, in one transaction with what it means for the video. `formats`: every track of the
 * version, as far as it is known.
 */
export async function publishChunk(
  env: Env,
  name: VersionName,
  plan: Plan,
  formats: readonly Format[],
  { chunk, index, whole }: ChunkPublication,
  nowMs: number,
): Promise<Outcome> {
  const { videoId, version } = name;
  const gop = gopOf(plan);
  // Read and written by this object alone, so nothing comes between.
  const told = JSON.stringify(mergeFormats(await toldFormats(env, name), formats));
  const playable = emitted(env.DB, { type: "video.playable", videoId }, nowMs);
  const results = await env.DB.batch([
    ...plannedStatements(env, name, plan, nowMs),
    env.DB.prepare(
      `INSERT INTO versions (video_id, version, state, gop_ticks, gop_timescale, formats, created_at)
       SELECT ?1, ?2, 'encoding', ?3, ?4, ?5, ?6 WHERE ${stillProcessing}
       ON CONFLICT (video_id, version) DO UPDATE
         SET formats = excluded.formats, gop_ticks = excluded.gop_ticks, gop_timescale = excluded.gop_timescale
         WHERE versions.state = 'encoding'`,
    ).bind(videoId, version, gop.ticks, gop.timescale, told, nowMs),
    env.DB.prepare(
      `INSERT INTO chunks (video_id, version, chunk, index_blob, published_at, whole)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE ${stillProcessing}
       ON CONFLICT (video_id, version, chunk) DO UPDATE
         SET index_blob = excluded.index_blob, whole = 1 WHERE chunks.whole < excluded.whole`,
    ).bind(videoId, version, chunk, index, nowMs, whole ? 1 : 0),
    ...(chunk === 0 ? [becamePlayable(env.DB, videoId, version, nowMs), playable.statement] : []),
    ...encodedTables.map((table) => chunkPublished(env.DB, videoId, version, nowMs, table)),
  ]);
  if (chunk === 0) await sendAll(env, [playable]);
  const isWanted = results.slice(-encodedTables.length).some(({ meta }) => meta.changes > 0);
  return isWanted ? "done" : "gone";
}

async function toldFormats(env: Env, { videoId, version }: VersionName): Promise<readonly Format[]> {
  const row = await env.DB.prepare("SELECT formats FROM versions WHERE video_id = ? AND version = ?")
    .bind(videoId, version)
    .first<{ formats: string }>();
  // Own rows only: typed values of this Worker's.
  return row === null ? [] : (JSON.parse(row.formats) as readonly Format[]);
}

export async function storeTexts(env: Env, { videoId, version }: VersionName, texts: readonly Text[]) {
  await env.DB.batch(
    texts.map(({ id, language, title, isDefault, isForced, attempt }) =>
      env.DB.prepare(
        `INSERT OR REPLACE INTO subtitles
           (video_id, version, id, language, title, is_default, is_forced, attempt)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE ${stillProcessing}`,
      ).bind(videoId, version, id, language, title, isDefault ? 1 : 0, isForced ? 1 : 0, attempt),
    ),
  );
}

/** A poster while the film is still being encoded. */
export async function storeImages(
  env: Env,
  { videoId, version }: VersionName,
  images: StoredImages,
): Promise<void> {
  await env.DB.prepare(
    `UPDATE versions SET images = ?3 WHERE video_id = ?1 AND version = ?2 AND images IS NULL AND ${stillProcessing}`,
  )
    .bind(videoId, version, JSON.stringify(images))
    .run();
}

export async function sealVersion(
  env: Env,
  { videoId, version }: VersionName,
  images: StoredImages | null,
  cpuSeconds: number,
  job: EndedJob,
  nowMs: number,
): Promise<Outcome> {
  const told = [emitted(env.DB, { type: "video.ready", videoId }, nowMs), ...endOfJob(env.DB, job, nowMs)];
  const name = { videoId, version };
  const replacement = await findReplacement(env.DB, name);
  await env.DB.batch([
    env.DB.prepare(
      `UPDATE versions SET state = 'sealed', images = ?3, sealed_at = ?4, encode_seconds = ?5
       WHERE video_id = ?1 AND version = ?2 AND state = 'encoding' AND ${stillProcessing}`,
    ).bind(videoId, version, images === null ? null : JSON.stringify(images), nowMs, cpuSeconds),
    ...(replacement === null ? [] : takeOver(env.DB, name, replacement.overlapSeconds, nowMs)),
    sealed(env.DB, videoId, version, nowMs),
    ...told.map(({ statement }) => statement),
  ]);
  await sendAll(env, told);
  // Not from `changes`: a repeat after a crash changes nothing and is sealed all the same.
  const row = await env.DB.prepare("SELECT state FROM versions WHERE video_id = ? AND version = ?")
    .bind(videoId, version)
    .first<{ state: string }>();
  return row?.state === "sealed" ? "done" : "gone";
}

/** What was wanted of the file before is not wanted any more. */
function takeOver(
  db: D1Database,
  name: VersionName,
  overlapSeconds: number,
  nowMs: number,
): readonly D1PreparedStatement[] {
  const { videoId } = name;
  return [
    tookOver(db, name, nowMs),
    ...eraseLater(db, videoId, nowMs, nowMs + overlapSeconds * 1_000).map(({ statement }) => statement),
    droppedWhenOver(db, name),
    dropMessages(db, { kind: "erase", videoId, scope: "media" }),
  ];
}

/** A version is one of the two: what is said of it to the other changes nothing. */
const encodedTables = ["videos", "replacements"] as const satisfies readonly EncodedTable[];

function plannedStatements(
  env: Env,
  { videoId, version }: VersionName,
  plan: Plan,
  nowMs: number,
): [video: D1PreparedStatement, replacement: D1PreparedStatement] {
  const { durationSeconds, video, grid } = plan;
  const picture =
    video === null
      ? { width: null, height: null, frameRate: null }
      : {
          width: video.width,
          height: video.height,
          frameRate: `${grid.frameRate.numerator}/${grid.frameRate.denominator}`,
        };
  const facts = { durationSeconds, ...picture };
  return [
    planned(env.DB, videoId, version, facts, nowMs),
    planned(env.DB, videoId, version, facts, nowMs, "replacements"),
  ];
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);
}
