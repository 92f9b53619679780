// What the database learns when the file of a video has arrived and was looked at: one batch, harmless when repeated.
import { emitted, ifChanged } from "#workers/events/emit.ts";
import { outgoing, type Outgoing, type OutboxMessage } from "#workers/outbox/outbox.ts";
import type { SourceTimeline, Unfit } from "#workers/packaging/source/source.ts";
import { gopFrames, ticksPerFrame, timescaleOf } from "#workers/timeline/grid.ts";
import type { Format, FrameRate } from "#workers/timeline/timeline.ts";
import { sourceVersionOf } from "#workers/timeline/version-numbers.ts";
import { framesPerSecond, supportedRate } from "#workers/transcoding/frame-rate.ts";
import { profileOf } from "#workers/transcoding/job-settings.ts";
import type { Priority } from "#workers/transcoding/priority.ts";
import { predictedFormats } from "#workers/transcoding/predicted-formats.ts";
import { passthrough } from "#workers/transcoding/profile.ts";
import { failed, foundPlayable, uploadCompleted, type SourceFacts } from "#workers/videos/transitions.ts";
import type { Inspected } from "./inspect-as-source.ts";

export interface SettledFile {
  readonly videoId: string;
  /** Of the ladder. */
  readonly version: number;
  readonly name: string | null;
  readonly sizeBytes: number;
}

export interface Settlement {
  readonly statements: readonly D1PreparedStatement[];
  /** To be sent after the commit. Null: nothing is to be encoded. */
  readonly message: OutboxMessage | null;
  /** Among the statements; to be sent after the commit. */
  readonly told: readonly Outgoing[];
}

export interface EncodeSettings {
  readonly encoding: string;
  readonly priority: Priority;
  /** JSON of a custom one. */
  readonly profile: string | null;
}

/** A video that is only to be played as it is, and can't be. */
export const passthroughUnfit = (unfit: Unfit) => ({
  code: "passthroughUnfit" as const,
  message: `The file can't be played as it is, and was not to be encoded: ${unfit.message}`,
});

/** Null: there is no such video. */
export async function settleSource(
  db: D1Database,
  file: SettledFile,
  inspected: Inspected,
  nowMs: number,
): Promise<Settlement | null> {
  const settings = await readSettings(db, file.videoId);
  return settings === null ? null : settlementOf(db, file, settings, inspected, nowMs);
}

/** Of a video that need not be there before the batch of these statements. */
export function settlementOf(
  db: D1Database,
  file: SettledFile,
  settings: EncodeSettings,
  inspected: Inspected,
  nowMs: number,
): Settlement {
  const { videoId, version } = file;
  const isPassthrough = settings.encoding === passthrough;
  const { timeline } = inspected;
  const uploaded = emitted(db, { type: "video.uploaded", videoId }, nowMs);
  const playable = emitted(db, { type: "video.playable", videoId }, nowMs);
  const statements = [
    uploadCompleted(db, videoId, file, nowMs),
    noted(db, videoId, inspected),
    uploaded.statement,
    ...(timeline.ok ? playableStatements(db, file, timeline.value, isPassthrough, nowMs) : []),
    ...(timeline.ok ? [playable.statement] : []),
  ];
  const told = timeline.ok ? [uploaded, playable] : [uploaded];
  if (isPassthrough) {
    const end = emitted(db, { type: timeline.ok ? "video.ready" : "video.failed", videoId }, nowMs);
    if (!timeline.ok) statements.push(failed(db, videoId, passthroughUnfit(timeline.reason), nowMs));
    return { statements: [...statements, end.statement], message: null, told: [...told, end] };
  }
  if (timeline.ok) {
    const formats = timeline.value.tracks.map(({ format }) => format);
    statements.push(predictedLadder(db, file, formats, settings, nowMs));
  }
  const { priority } = settings;
  const sent = outgoing(db, { kind: "transcode", videoId, version, priority }, nowMs);
  return { statements: [...statements, sent.statement], message: sent.message, told };
}

async function readSettings(db: D1Database, videoId: string): Promise<EncodeSettings | null> {
  return db
    .prepare(
      `SELECT v.encoding, v.priority, p.settings AS profile FROM videos v
       LEFT JOIN encoding_profiles p ON p.id = v.encoding WHERE v.id = ?`,
    )
    .bind(videoId)
    .first<EncodeSettings>();
}

function playableStatements(
  db: D1Database,
  { videoId, version }: SettledFile,
  timeline: SourceTimeline,
  isPassthrough: boolean,
  nowMs: number,
): D1PreparedStatement[] {
  const { gop, tracks } = timeline;
  const formats = JSON.stringify(tracks.map(({ format }) => format));
  return [
    db
      .prepare(
        `INSERT OR IGNORE INTO versions
           (video_id, version, kind, state, gop_ticks, gop_timescale, formats, created_at, sealed_at)
         SELECT id, ?2, 'source', 'sealed', ?3, ?4, ?5, ?6, ?6 FROM videos WHERE id = ?1 AND state = 'uploaded'`,
      )
      .bind(videoId, sourceVersionOf(version), gop.ticks, gop.timescale, formats, nowMs),
    foundPlayable(db, videoId, factsOf(timeline), isPassthrough, nowMs),
  ];
}

function factsOf({ tracks, durationSeconds }: SourceTimeline): SourceFacts {
  const picture = pictureOf(tracks.map(({ format }) => format));
  if (picture === null) return { durationSeconds, width: null, height: null, frameRate: null };
  const { width, height, frameRate } = picture;
  return { durationSeconds, width, height, frameRate: `${frameRate.numerator}/${frameRate.denominator}` };
}

function pictureOf(formats: readonly Format[]) {
  return formats.find((format) => format.kind === "video") ?? null;
}

/** The column `videos.instant`. */
export function instantOf(timeline: Inspected["timeline"]): string {
  return JSON.stringify(timeline.ok ? { state: "playable" } : { state: "waiting", ...timeline.reason });
}

/** Whether it plays, or why not; and which file that was said of. Behind what says that the file has arrived. */
function noted(db: D1Database, videoId: string, { file, timeline }: Inspected): D1PreparedStatement {
  return db
    .prepare(`UPDATE videos SET instant = ?, source_etag = ? WHERE id = ? AND ${ifChanged.sql}`)
    .bind(instantOf(timeline), file?.etag ?? null, videoId);
}

/** Sound alone is encoded on a grid of this rate. */
const soundRate: FrameRate = { numerator: 25, denominator: 1 };

/** What players are told of the ladder before it is planned, so that they can be moved to it: the plan corrects it. */
export function predictedLadder(
  db: D1Database,
  { videoId, version }: Pick<SettledFile, "videoId" | "version">,
  source: readonly Format[],
  { encoding, profile: settings }: EncodeSettings,
  nowMs: number,
): D1PreparedStatement {
  const profile = profileOf(encoding, settings);
  const picture = pictureOf(source);
  const sounds = source.filter((format) => format.kind === "audio");
  const rate =
    picture === null ? soundRate : supportedRate(framesPerSecond(picture.frameRate), profile.maxFrameRate);
  const formats = predictedFormats(picture, picture?.frameRate ?? soundRate, profile, sounds);
  return db
    .prepare(
      `INSERT OR IGNORE INTO versions
         (video_id, version, kind, state, gop_ticks, gop_timescale, formats, created_at)
       SELECT id, ?2, 'ladder', 'encoding', ?3, ?4, ?5, ?6 FROM videos
       WHERE id = ?1 AND version = ?2 AND state = 'uploaded'`,
    )
    .bind(
      videoId,
      version,
      gopFrames(rate) * ticksPerFrame(rate),
      timescaleOf(rate),
      JSON.stringify(formats),
      nowMs,
    );
}
