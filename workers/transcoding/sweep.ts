// The cron's share: runners that should be awake, and objects that were written after their version was sealed.
import type { Env } from "#workers/env.ts";
import { log } from "#workers/http/log.ts";
import type { Format } from "#workers/timeline/timeline.ts";
import type { StoredImages } from "#workers/storage/stored-images.ts";
import type { VersionName } from "./publish.ts";
import { wakeRunners } from "./fleet.ts";
import { keysOfVersion, readSealedTracks, removeStrays } from "./seal.ts";

/**
 * A write whose lease was lost removes its own object; only one whose Worker died in that moment does not.
 * By then no upload of the version is under way. A window of some minutes outlives a few missed crons.
 */
const strayAfterMs = 10 * 60_000;
const windowMs = 5 * 60_000;
const versionsPerSweep = 20;

export async function sweepTranscoding(env: Env, nowMs: number): Promise<void> {
  const { openTasks } = await env.SCHEDULER.getByName("board").stats();
  if (openTasks > 0) await wakeRunners(env, openTasks);
  await sweepStrays(env, nowMs);
}

/** Sounds that are encoded for a version that is sealed: what is stored of them is no stray. */
async function comingSounds(db: D1Database, { videoId, version }: VersionName): Promise<readonly string[]> {
  const rows = await db
    .prepare(
      "SELECT track FROM added_sounds WHERE video_id = ? AND version = ? AND state IN ('uploading', 'encoding')",
    )
    .bind(videoId, version)
    .all<{ track: string }>();
  return rows.results.map(({ track }) => track);
}

async function sweepStrays(env: Env, nowMs: number): Promise<void> {
  const sealed = await env.DB.prepare(
    `SELECT video_id, version, formats, images FROM versions
     WHERE kind = 'ladder' AND state = 'sealed' AND sealed_at BETWEEN ? AND ? ORDER BY sealed_at LIMIT ?`,
  )
    .bind(nowMs - strayAfterMs - windowMs, nowMs - strayAfterMs, versionsPerSweep)
    .all<{ video_id: string; version: number; formats: string; images: string | null }>();
  for (const row of sealed.results) {
    const name = { videoId: row.video_id, version: row.version };
    // Own rows only: what the scheduler wrote.
    const formats = JSON.parse(row.formats) as Format[];
    const images = row.images === null ? null : (JSON.parse(row.images) as StoredImages);
    const trackIds = formats.filter(({ dropped }) => dropped !== true).map(({ id }) => id);
    const texts = await env.DB.prepare("SELECT id, attempt FROM subtitles WHERE video_id = ? AND version = ?")
      .bind(row.video_id, row.version)
      .all<{ id: string; attempt: number }>();
    const tracks = await readSealedTracks(env, name, trackIds);
    const keep = keysOfVersion(name, tracks, images, texts.results);
    const coming = await comingSounds(env.DB, name);
    const removed = await removeStrays(env, name, keep, coming);
    if (removed > 0) log("warn", "transcoding.straysRemoved", { ...name, removed });
  }
}
