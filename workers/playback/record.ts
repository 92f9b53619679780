// What the edge must know of a playback id before it may answer anything: one small value, behind the
// memory of the isolate and the cache of the location. One D1 read when cold, none when warm.
import type { Limits } from "#workers/access/limits.ts";
import {
  defaultStreamLimit,
  openAccess,
  type OwnAccess,
  type PlaybackAccess,
} from "#workers/access/policy.ts";
import type { Env } from "#workers/env.ts";
import type { Format, SegmentFragments } from "#workers/timeline/timeline.ts";
import type { VideoState } from "#workers/videos/lifecycle.ts";
import { recordKey } from "./edge-cache.ts";
import { FreshValues, type Freshness } from "./fresh-values.ts";
import { narrow } from "./modifiers-narrow.ts";

export type PlaybackPolicy = "public" | "signed" | "drm";

export interface StoredImages {
  readonly poster: { readonly attempt: number; readonly width: number; readonly height: number } | null;
  readonly thumbnails: { readonly attempt: number } | null;
}

/** One encoding of a video: what its manifests and segments are made of. */
export interface MediaVersion {
  readonly videoId: string;
  readonly version: number;
  /** Part of every cache key. */
  readonly generation: number;
  readonly state: "encoding" | "sealed";
  readonly gop: { readonly ticks: number; readonly timescale: number };
  /** Bit i of a session's track mask is entry i. */
  readonly formats: readonly Format[];
  readonly images: StoredImages | null;
}

export interface PlaybackRecord {
  readonly playbackId: string;
  readonly policy: PlaybackPolicy;
  readonly access: PlaybackAccess;
  readonly videoId: string;
  readonly title: string;
  readonly state: VideoState;
  readonly playable: boolean;
  readonly segmentFragments: SegmentFragments;
  readonly durationSeconds: number | null;
  /** Null until a version is planned. */
  readonly media: MediaVersion | null;
}

const settled: Freshness = { freshMs: 5_000, staleMs: 60_000 };
const unknown: Freshness = { freshMs: 30_000, staleMs: 0 };
/** Still being made, and someone waits for it: an old "not yet" must not outlive the first chunk or the seal. */
const awaited: Freshness = { freshMs: 2_000, staleMs: 0 };

export function playbackRecords(): FreshValues<PlaybackRecord> {
  return new FreshValues({
    memoryBytes: 8 * 1024 * 1024,
    cacheKey: recordKey,
    load: (env, playbackId) => readRecord(env, playbackId),
    freshnessOf: (record) => {
      if (record === null) return unknown;
      return record.state === "ready" || record.state === "error" ? settled : awaited;
    },
  });
}

interface RecordRow {
  readonly policy: PlaybackPolicy;
  readonly access: string;
  readonly video_id: string;
  readonly title: string;
  readonly state: VideoState;
  readonly playable: number;
  readonly version: number;
  readonly generation: number;
  readonly segment_fragments: SegmentFragments;
  readonly duration_seconds: number | null;
  readonly available_from: number | null;
  readonly available_until: number | null;
  readonly playback: string;
  readonly version_state: MediaVersion["state"] | null;
  readonly gop_ticks: number | null;
  readonly gop_timescale: number | null;
  readonly formats: string | null;
  readonly images: string | null;
}

/** `first-unconstrained`: the nearest replica may answer, a few moments old. */
async function readRecord(
  env: Pick<Env, "DB" | "DEFAULT_MAX_STREAMS">,
  playbackId: string,
): Promise<PlaybackRecord | null> {
  const row = await env.DB.withSession("first-unconstrained")
    .prepare(
      `SELECT p.policy, p.access, p.video_id, v.title, v.state, v.playable, v.version, v.generation, v.segment_fragments,
         v.duration_seconds, v.available_from, v.available_until, v.playback, m.state AS version_state, m.gop_ticks, m.gop_timescale, m.formats, m.images
       FROM playback_ids p JOIN videos v ON v.id = p.video_id
       LEFT JOIN versions m ON m.video_id = v.id AND m.version = v.version
       WHERE p.id = ?`,
    )
    .bind(playbackId)
    .first<RecordRow>();
  if (row === null) return null;
  return {
    playbackId,
    policy: row.policy,
    access: accessOf(row, env),
    videoId: row.video_id,
    title: row.title,
    state: row.state,
    playable: row.playable === 1,
    segmentFragments: row.segment_fragments,
    durationSeconds: row.duration_seconds,
    media: mediaOf(row),
  };
}

/** Own rows only: written by the API from what its contract let in. Of wishes, the playback id's come first. */
function accessOf(row: RecordRow, env: Pick<Env, "DEFAULT_MAX_STREAMS">): PlaybackAccess {
  const own = JSON.parse(row.access) as OwnAccess;
  return {
    restrictions: own.restrictions ?? openAccess.restrictions,
    limits: narrow(own.limits ?? openAccess.limits, JSON.parse(row.playback) as Limits),
    streamLimit: own.streamLimit ?? defaultStreamLimit(env.DEFAULT_MAX_STREAMS),
    availableFromMs: row.available_from,
    availableUntilMs: row.available_until,
    termsVersion: own.termsVersion ?? openAccess.termsVersion,
  };
}

function mediaOf(row: RecordRow): MediaVersion | null {
  if (
    row.version_state === null ||
    row.gop_ticks === null ||
    row.gop_timescale === null ||
    row.formats === null
  ) {
    return null;
  }
  return {
    videoId: row.video_id,
    version: row.version,
    generation: row.generation,
    state: row.version_state,
    gop: { ticks: row.gop_ticks, timescale: row.gop_timescale },
    // Own rows only: written by the scheduler from typed values.
    formats: JSON.parse(row.formats) as readonly Format[],
    images: row.images === null ? null : (JSON.parse(row.images) as StoredImages),
  };
}
