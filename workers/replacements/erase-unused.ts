// What neither a video nor a clip of it plays any more: files that were replaced, and replacements that came to nothing.
// Found from what must stay, so that whatever an earlier try left behind goes as well.
import type { Env } from "#workers/env.ts";
import {
  framesPrefix,
  replacementKey,
  sourceKeyOf,
  sourcePrefix,
  versionPrefix,
  videoPrefix,
} from "#workers/storage/keys.ts";
import { sourceVersionOf } from "#workers/timeline/version-numbers.ts";
import { keptAfter } from "#workers/transcoding/fail-video.ts";
import { eraseObjects, eraseVersion } from "#workers/videos/erase-version.ts";
import type { VideoErrorCode } from "#workers/videos/lifecycle.ts";
import { readFormer } from "./former.ts";

interface Kept {
  readonly versions: ReadonlySet<number>;
  readonly sources: ReadonlySet<string>;
  /** The ladder's of now. */
  readonly current: number;
}

/** Returns how many objects went. A video that was deleted is its own erasing's business. */
export async function eraseUnused(env: Env, videoId: string, nowMs: number): Promise<number> {
  const kept = await keptOf(env.DB, videoId, nowMs);
  if (kept === null) return 0;
  let objects = 0;
  for (const version of await storedVersions(env, videoId)) {
    if (kept.versions.has(version)) continue;
    // First stop what writes, then remove what was written.
    if (!(await env.SCHEDULER.getByName("board").drop(videoId, version))) continue;
    await keepEncodeSeconds(env.DB, videoId, version, kept.current);
    objects += await eraseObjects(env.MEDIA, framesPrefix(videoId, version));
    objects += await eraseVersion(env, videoId, version);
  }
  return objects + (await eraseSources(env, videoId, kept.sources));
}

interface Row {
  readonly version: number;
  readonly source_key: string | null;
  readonly former: string | null;
}

/** Null: there is no such video. */
async function keptOf(db: D1Database, videoId: string, nowMs: number): Promise<Kept | null> {
  await db
    .prepare("UPDATE videos SET former = NULL WHERE id = ? AND (former ->> '$.untilMs') <= ?")
    .bind(videoId, nowMs)
    .run();
  const [videos, clips, replacements, uploads] = await db.batch<Row & Replacing>([
    db.prepare("SELECT version, source_key, former FROM videos WHERE id = ?").bind(videoId),
    db.prepare("SELECT DISTINCT version, source_key FROM videos WHERE clip_of = ?").bind(videoId),
    db
      .prepare("SELECT version, source_key, state, error_code, updated_at FROM replacements WHERE id = ?")
      .bind(videoId),
    db
      .prepare(
        `SELECT id FROM uploads WHERE video_id = ?1 AND state = 'open'
         UNION SELECT s.id FROM added_sounds s JOIN videos v ON v.id = s.video_id AND v.version = s.version
           WHERE v.id = ?1 AND s.state IN ('uploading', 'encoding')`,
      )
      .bind(videoId),
  ]);
  const [video] = videos?.results ?? [];
  if (video === undefined) return null;
  const former = video.former === null ? null : readFormer(video.former, nowMs);
  const files = [
    video,
    ...(former === null ? [] : [{ version: former.version, source_key: former.sourceKey }]),
    ...(clips?.results ?? []),
    ...(replacements?.results ?? []).filter((each) => mayBeTakenUp(each, nowMs)),
  ];
  return {
    versions: new Set(files.flatMap(({ version }) => [version, sourceVersionOf(version)])),
    sources: new Set([
      ...files.map(({ source_key }) => sourceKeyOf(videoId, source_key)),
      ...(uploads?.results ?? []).map(({ id }) => replacementKey(videoId, id)),
    ]),
    current: video.version,
  };
}

interface Replacing {
  readonly id: string;
  readonly state: string;
  readonly error_code: VideoErrorCode | null;
  readonly updated_at: number;
}

function mayBeTakenUp({ state, error_code, updated_at }: Replacing, nowMs: number): boolean {
  return state !== "error" || (error_code !== null && nowMs < updated_at + keptAfter(error_code));
}

async function storedVersions(env: Env, videoId: string): Promise<readonly number[]> {
  const rows = await env.DB.prepare("SELECT version FROM versions WHERE video_id = ?")
    .bind(videoId)
    .all<{ version: number }>();
  const found = new Set(rows.results.map(({ version }) => version));
  const prefix = videoPrefix(videoId);
  const listed = await env.MEDIA.list({ prefix, delimiter: "/" });
  for (const folder of listed.delimitedPrefixes) {
    const version = Number(folder.slice(prefix.length, -1));
    if (Number.isInteger(version) && folder === versionPrefix(videoId, version)) found.add(version);
  }
  return [...found].toSorted((a, b) => a - b);
}

/** What was spent on the video was spent, whatever became of it. */
async function keepEncodeSeconds(db: D1Database, videoId: string, version: number, current: number) {
  await db.batch([
    db
      .prepare(
        `UPDATE versions SET encode_seconds = encode_seconds + coalesce(
           (SELECT encode_seconds FROM versions WHERE video_id = ?1 AND version = ?2), 0)
         WHERE video_id = ?1 AND version = ?3`,
      )
      .bind(videoId, version, current),
    db
      .prepare(
        `UPDATE versions SET encode_seconds = 0 WHERE video_id = ?1 AND version = ?2
           AND EXISTS (SELECT 1 FROM versions WHERE video_id = ?1 AND version = ?3)`,
      )
      .bind(videoId, version, current),
  ]);
}

async function eraseSources(env: Env, videoId: string, kept: ReadonlySet<string>): Promise<number> {
  const listed = await env.MEDIA.list({ prefix: sourcePrefix(videoId) });
  const needless = listed.objects.map(({ key }) => key).filter((key) => !kept.has(key));
  if (needless.length > 0) await env.MEDIA.delete(needless);
  return needless.length;
}
