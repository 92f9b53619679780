// Rows to what the API shows: field by field, so that a new column never leaks.
import type { playbackIds, videos } from "#workers/storage/schema.ts";
import type { Video } from "./contract.ts";
import type { VideoErrorCode } from "./lifecycle.ts";
import { segmentSeconds } from "./segment-seconds.ts";

export type VideoRow = typeof videos.$inferSelect;
export type PlaybackIdRow = typeof playbackIds.$inferSelect;

export function toVideo(row: VideoRow, ids: readonly PlaybackIdRow[], origin: string): Video {
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
    durationSeconds: row.durationSeconds,
    width: row.width,
    height: row.height,
    frameRate: row.frameRate === null ? null : frameRateOf(row.frameRate),
    source: row.sourceSizeBytes === null ? null : { name: row.sourceName, sizeBytes: row.sourceSizeBytes },
    segmentSeconds: segmentSeconds(row.segmentFragments),
    playbackIds: ids.map((id) => toPlaybackId(id, origin)),
    createdAt: new Date(row.createdAt).toISOString(),
    updatedAt: new Date(row.updatedAt).toISOString(),
  };
}

export function toPlaybackId(row: PlaybackIdRow, origin: string): Video["playbackIds"][number] {
  return {
    id: row.id,
    policy: row.policy,
    hlsUrl: `${origin}/p/${row.id}/hls.m3u8`,
    dashUrl: `${origin}/p/${row.id}/dash.mpd`,
    watchUrl: `${origin}/watch/${row.id}`,
    posterUrl: `${origin}/p/${row.id}/thumbnail.jpg`,
  };
}

/** "30000/1001" to 29.97 */
function frameRateOf(rational: string): number {
  const [numerator, denominator] = rational.split("/").map(Number);
  if (!numerator || !denominator) throw new Error(`not a frame rate: ${rational}`);
  return Math.round((numerator / denominator) * 1_000) / 1_000;
}
