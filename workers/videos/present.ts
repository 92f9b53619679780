// Rows to what the API shows: field by field, so that a new column never leaks.
import type { Limits } from "#workers/access/limits.ts";
import { toLimits, toRestrictions, toStreams } from "#workers/access/policy-contract.ts";
import type { OwnAccess } from "#workers/access/policy.ts";
import type { Sites } from "#workers/http/host.ts";
import type { playbackIds, replacements, videos } from "#workers/storage/schema.ts";
import { sourcePrefix } from "#workers/storage/keys.ts";
import type { JobProgress } from "#workers/transcoding/progress.ts";
import type { Replacement, Video, VideoDetail } from "./contract.ts";
import type { VideoErrorCode } from "./lifecycle.ts";
import type { PlaybackId } from "./playback-id-contract.ts";
import { segmentSeconds } from "./segment-seconds.ts";
import { toSubtitles, type StoredText } from "./subtitles.ts";

export type VideoRow = typeof videos.$inferSelect;
export type ReplacementRow = typeof replacements.$inferSelect;
export type PlaybackIdRow = typeof playbackIds.$inferSelect;

export interface StoredVideo {
  readonly row: VideoRow;
  readonly ids: readonly PlaybackIdRow[];
  readonly tags: readonly string[];
  /** A file that is to take the place of its own. */
  readonly replacement: ReplacementRow | null;
}

export function toVideo({ row, ids, tags, replacement }: StoredVideo, sites: Sites): Video {
  return {
    id: row.id,
    title: row.title,
    creator: row.creator,
    // Own column only: what the contract let in.
    metadata: JSON.parse(row.metadata) as Record<string, string>,
    status: {
      state: row.state,
      playable: row.playable === 1,
      percent: Math.round(row.percent * 10) / 10,
      error:
        row.errorCode === null
          ? null
          : // Written by transitions.ts alone.
            { code: row.errorCode as VideoErrorCode, message: row.errorMessage ?? "" },
    },
    instantPlay: row.instant === null ? null : toInstantPlay(row.instant),
    encoding: row.encoding,
    priority: row.priority,
    durationSeconds: row.durationSeconds,
    width: row.width,
    height: row.height,
    frameRate: row.frameRate === null ? null : frameRateOf(row.frameRate),
    source:
      row.sourceSizeBytes === null
        ? null
        : {
            name: row.sourceName,
            sizeBytes: row.sourceSizeBytes,
            objectKey: isOwnersKey(row) ? row.sourceKey : null,
          },
    replacement: replacement === null ? null : toReplacement(replacement),
    clip: clipOf(row),
    segmentSeconds: segmentSeconds(row.segmentFragments),
    tags: [...tags],
    availableFrom: isoOrNull(row.availableFrom),
    availableUntil: isoOrNull(row.availableUntil),
    deleteAt: isoOrNull(row.deleteAt),
    posterTimeSeconds: row.posterSeconds,
    playback: toLimits(limitsIn(row)),
    playbackIds: ids.map((id) => toPlaybackId(id, sites)),
    createdAt: new Date(row.createdAt).toISOString(),
    updatedAt: new Date(row.updatedAt).toISOString(),
  };
}

export interface Detail {
  readonly progress: JobProgress | null;
  readonly texts: readonly StoredText[];
}

export function toVideoDetail(stored: StoredVideo, { progress, texts }: Detail, sites: Sites): VideoDetail {
  const video = toVideo(stored, sites);
  const { etaSeconds, tasks } = progress ?? { etaSeconds: null, tasks: null };
  return {
    ...video,
    status: { ...video.status, etaSeconds, tasks: tasks === null ? null : { ...tasks } },
    subtitles: texts.map((text) => toSubtitles(text, video.id, sites)),
  };
}

export function toPlaybackId(row: PlaybackIdRow, sites: Sites): PlaybackId {
  const { restrictions = {}, limits = {}, streamLimit, downloads = false } = accessIn(row);
  return {
    id: row.id,
    policy: row.policy,
    restrictions: toRestrictions(restrictions),
    limits: toLimits(limits),
    streams: streamLimit === undefined ? null : toStreams(streamLimit),
    downloads,
    hlsUrl: `${sites.playback}/p/${row.id}/hls.m3u8`,
    dashUrl: `${sites.playback}/p/${row.id}/dash.mpd`,
    watchUrl: `${sites.api}/watch/${row.id}`,
    posterUrl: `${sites.playback}/p/${row.id}/thumbnail.jpg`,
  };
}

/** Own columns only: what the contract let in. */
export function accessIn({ access }: PlaybackIdRow): OwnAccess {
  return JSON.parse(access) as OwnAccess;
}

export function limitsIn({ playback }: VideoRow): Limits {
  return JSON.parse(playback) as Limits;
}

/** Own column only: what settle-source.ts wrote. */
function toInstantPlay(instant: string): Video["instantPlay"] {
  const noted = JSON.parse(instant) as
    | { readonly state: "playable" }
    | { readonly state: "waiting"; readonly code: string; readonly message: string };
  if (noted.state === "playable") return { state: "playable" };
  return { state: "waiting", reason: { code: noted.code, message: noted.message } };
}

/** An object that was registered, and not one that was uploaded later. */
const isOwnersKey = ({ id, sourceKey }: VideoRow) =>
  sourceKey !== null && !sourceKey.startsWith(sourcePrefix(id));

export function toReplacement(row: ReplacementRow): Replacement {
  const { state, errorCode } = row;
  return {
    uploadId: row.uploadId,
    state: state === "error" ? "failed" : state,
    percent: Math.round(row.percent * 10) / 10,
    source: { name: row.sourceName, sizeBytes: row.sourceSizeBytes },
    error:
      errorCode === null
        ? null
        : // Written by a transition alone.
          { code: errorCode as VideoErrorCode, message: row.errorMessage ?? "" },
    createdAt: new Date(row.createdAt).toISOString(),
  };
}

function clipOf({ clipOf: videoId, clipFromSeconds, clipToSeconds }: VideoRow): Video["clip"] {
  if (videoId === null || clipFromSeconds === null || clipToSeconds === null) return null;
  return { videoId, startSeconds: clipFromSeconds, endSeconds: clipToSeconds };
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** "30000/1001" to 29.97 */
function frameRateOf(rational: string): number {
  const [numerator, denominator] = rational.split("/").map(Number);
  if (!numerator || !denominator) throw new Error(`not a frame rate: ${rational}`);
  return Math.round((numerator / denominator) * 1_000) / 1_000;
}
