// A sound that came in a file of its own, for a version that is sealed: what its job makes, and what becomes of it in D1
// and R2. The picture's grid is the sound's: both are cut at the same edges, so they play together as if made together.
import type { Env } from "#workers/env.ts";
import { emitted } from "#workers/events/emit.ts";
import { sendAll } from "#workers/outbox/outbox.ts";
import { languageTag } from "#workers/packaging/languages.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { gopFrames, planChunks } from "#workers/timeline/grid.ts";
import type { Format, FrameRate } from "#workers/timeline/timeline.ts";
import type { Grid, Probe } from "./contract.ts";
import type { Failed } from "./job-rows.ts";
import type { Plan, PlanRefusal } from "./plan.ts";
import { chooseSounds, encodedSounds } from "./plan-sound.ts";
import { builtInProfiles } from "./profile.ts";

/** What its tasks are made of, kept with its job. */
export interface SoundOrder {
  readonly track: string;
  /** BCP 47. */
  readonly language: string;
  /** Of the version. */
  readonly grid: Grid;
}

export interface SoundName {
  readonly videoId: string;
  readonly version: number;
  readonly track: string;
}

export interface WaitingSound {
  readonly order: SoundOrder;
  readonly sourceKey: string;
  readonly creator: string | null;
}

/**
 * Containers whose clocks begin anywhere, and MP3, which begins behind what its encoder put before the sound. Those of the
 * others begin at 0, and a sound that starts later is late.
 */
const clocksOfTheirOwn = /^(mpegts|mpeg|mp3)$/;

/** Sound alone is encoded on a grid of this rate. */
const soundRate: FrameRate = { numerator: 25, denominator: 1 };

/** Null: it is not waited for any more. */
export async function readWaitingSound(
  db: D1Database,
  { videoId, version, track }: SoundName,
): Promise<WaitingSound | null> {
  const row = await db
    .prepare(
      `SELECT s.language, s.source_key, v.creator, v.frame_rate, v.duration_seconds
       FROM added_sounds s JOIN videos v ON v.id = s.video_id AND v.version = s.version
       WHERE s.video_id = ? AND s.version = ? AND s.track = ? AND s.state = 'encoding'`,
    )
    .bind(videoId, version, track)
    .first<{
      language: string;
      source_key: string;
      creator: string | null;
      frame_rate: string | null;
      duration_seconds: number;
    }>();
  if (row === null) return null;
  const { language, source_key: sourceKey, creator } = row;
  const frameRate = row.frame_rate === null ? soundRate : readRate(row.frame_rate);
  const frameCount = Math.round((row.duration_seconds * frameRate.numerator) / frameRate.denominator);
  const grid = { frameRate, gopFrames: gopFrames(frameRate), frameCount };
  return { order: { track, language, grid }, sourceKey, creator };
}

/** Own column: `numerator/denominator`. */
function readRate(text: string): FrameRate {
  const [numerator = 0, denominator = 0] = text.split("/").map(Number);
  return { numerator, denominator };
}

export function planAddedSound(
  probe: Probe,
  { track, language, grid }: SoundOrder,
): Result<Plan, PlanRefusal> {
  const [encoded] = encodedSounds(
    chooseSounds(probe).slice(0, 1),
    { ...builtInProfiles.standard, opus: false },
    0,
  );
  if (encoded === undefined)
    return refuse({ code: "noMedia", message: "The file holds no sound that can be decoded." });
  const starts = probe.streams.flatMap((stream) => ("startSeconds" in stream ? [stream.startSeconds] : []));
  const sourceStartSeconds = clocksOfTheirOwn.test(probe.container) ? Math.min(...starts) : 0;
  const audio = {
    ...encoded.encoded,
    streamIndex: encoded.sound.index,
    sourceStartSeconds,
    track,
    language: languageTag(language),
  };
  return ok({
    durationSeconds: (grid.frameCount * grid.frameRate.denominator) / grid.frameRate.numerator,
    playsAlready: true,
    grid,
    chunks: planChunks(grid.frameCount, grid.gopFrames),
    video: null,
    audios: [audio],
    images: null,
    subtitles: null,
  });
}

const waiting = `EXISTS (SELECT 1 FROM added_sounds WHERE video_id = ?1 AND version = ?2 AND track = ?3 AND state = 'encoding')`;

/** Its objects are there: viewers are offered it from now on, behind all tracks that sessions know by their places. */
export async function soundReady(
  env: Env,
  { videoId, version, track }: SoundName,
  format: Format,
  cpuSeconds: number,
  nowMs: number,
): Promise<void> {
  const { DB: db } = env;
  const told = emitted(db, { type: "audioTrack.ready", videoId, audioTrackId: track }, nowMs);
  const isDefault = `EXISTS (SELECT 1 FROM added_sounds WHERE video_id = ?1 AND version = ?2 AND track = ?3 AND is_default = 1 AND state = 'encoding')`;
  await db.batch([
    db
      .prepare(`UPDATE audio_tracks SET is_default = 0 WHERE video_id = ?1 AND id <> ?3 AND ${isDefault}`)
      .bind(videoId, version, track),
    db
      .prepare(
        `INSERT INTO audio_tracks (video_id, id, is_default) SELECT ?1, ?3, 1 WHERE ${isDefault}
         ON CONFLICT (video_id, id) DO UPDATE SET is_default = 1`,
      )
      .bind(videoId, version, track),
    db
      .prepare(
        `UPDATE versions SET formats = json_insert(formats, '$[#]', json(?4)), encode_seconds = coalesce(encode_seconds, 0) + ?5
         WHERE video_id = ?1 AND version = ?2 AND state = 'sealed' AND ${waiting}`,
      )
      .bind(videoId, version, track, JSON.stringify(format), cpuSeconds),
    db
      .prepare(
        `UPDATE added_sounds SET state = 'ready', updated_at = ?4
         WHERE video_id = ?1 AND version = ?2 AND track = ?3 AND state = 'encoding'`,
      )
      .bind(videoId, version, track, nowMs),
    told.statement,
  ]);
  await sendAll(env, [told]);
}

export async function soundFailed(
  env: Env,
  { videoId, version, track }: SoundName,
  { code, message }: Failed,
  nowMs: number,
): Promise<void> {
  const { DB: db } = env;
  const told = emitted(db, { type: "audioTrack.failed", videoId, audioTrackId: track }, nowMs);
  await db.batch([
    db
      .prepare(
        `UPDATE added_sounds SET state = 'failed', error_code = ?4, error_message = ?5, updated_at = ?6
         WHERE video_id = ?1 AND version = ?2 AND track = ?3 AND state IN ('uploading', 'encoding')`,
      )
      .bind(videoId, version, track, code, message, nowMs),
    told.statement,
  ]);
  await sendAll(env, [told]);
}
