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
import { sourceKeyOf } from "#workers/storage/keys.ts";
import { sourceVersionOf } from "#workers/timeline/version-numbers.ts";
import type { Format, SegmentFragments } from "#workers/timeline/timeline.ts";
import type { StoredImages } from "#workers/storage/stored-images.ts";
import type { VideoState } from "#workers/videos/lifecycle.ts";
import { recordKey } from "./edge-cache.ts";
import { FreshValues, type Freshness } from "./fresh-values.ts";
import { narrow } from "./modifiers-narrow.ts";
import type { CaptionRow, SourceText, TextEntry } from "#workers/captions/text-tracks.ts";

export type PlaybackPolicy = "public" | "signed" | "drm";

/** A ladder of renditions, or the uploaded file: what manifests and segments are made of. */
export interface MediaVersion {
  readonly kind: "ladder" | "source";
  readonly videoId: string;
  readonly version: number;
  /** Part of every cache key. */
  readonly generation: number;
  readonly state: "encoding" | "sealed";
  readonly gop: { readonly ticks: number; readonly timescale: number };
  readonly segmentFragments: SegmentFragments;
  /** Bit `firstTrackBit + i` of a session's track mask is entry i: a session can open two versions. */
  readonly firstTrackBit: number;
  readonly formats: readonly Format[];
  readonly images: StoredImages | null;
  /** Of kind `source`: the file that fragments are made of. */
  readonly file: SourceFile | null;
}

export interface SourceFile {
  readonly objectKey: string;
  /** As it was when its index was read; another one now is another file. Null: it was not noted. */
  readonly etag: string | null;
}

export interface PlaybackRecord {
  readonly playbackId: string;
  readonly policy: PlaybackPolicy;
  readonly access: PlaybackAccess;
  readonly videoId: string;
  readonly title: string;
  readonly state: VideoState;
  readonly playable: boolean;
  readonly durationSeconds: number | null;
  readonly clip: ClipWindow | null;
  /** What the poster shows, where the owner said so. */
  readonly posterSeconds: number | null;
  /** Those that players are told of. */
  readonly texts: readonly TextEntry[];
  /** What the owner said of sounds. */
  readonly sounds: readonly SoundSetting[];
  /** When its chapters were last set; null without any. */
  readonly chaptersAtMs: number | null;
  /** Changes with texts, sounds and chapters: manifests are printed under it. */
  readonly besidesKey: string;
  /** What new manifests offer: the ladder once it is sealed, else the uploaded file, else the ladder as it grows. */
  readonly media: MediaVersion | null;
  /** The other of the two, for those who watch it, or who will. */
  readonly other: MediaVersion | null;
  /** Of the file that these replaced a while ago, for those who were watching it. */
  readonly former: readonly MediaVersion[];
}

/** The part of another video's media that a video is. */
export interface ClipWindow {
  /** The video whose media it is. */
  readonly ofVideoId: string;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

export interface SoundSetting {
  readonly id: string;
  readonly label: string | null;
  readonly isDefault: number;
  readonly position: number | null;
}

/** The version of that number, if it can be served. */
export function versionOf({ media, other, former }: PlaybackRecord, version: number): MediaVersion | null {
  return [media, other, ...former].find((each) => each?.version === version) ?? null;
}

/** In the masks of sessions: `kind` has its bits from here on. */
const firstTrackBits = { ladder: 0, source: 24 } as const satisfies Record<MediaVersion["kind"], number>;

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
  readonly source_key: string | null;
  readonly source_etag: string | null;
  readonly former: string | null;
  readonly poster_seconds: number | null;
  readonly clip_of: string | null;
  readonly clip_from_seconds: number | null;
  readonly clip_to_seconds: number | null;
  readonly captions: string;
  readonly texts: string;
  readonly sounds: string;
  readonly chapters_at: number | null;
  /** JSON array of the rows of both versions. */
  readonly versions: string;
}

interface VersionRow {
  readonly version: number;
  readonly kind: MediaVersion["kind"];
  readonly state: MediaVersion["state"];
  readonly gopTicks: number;
  readonly gopTimescale: number;
  readonly formats: readonly Format[];
  readonly images: StoredImages | null;
}

/** `first-unconstrained`: the nearest replica may answer, a few moments old. */
export async function readRecord(
  env: Pick<Env, "DB" | "DEFAULT_MAX_STREAMS">,
  playbackId: string,
): Promise<PlaybackRecord | null> {
  const row = await env.DB.withSession("first-unconstrained")
    .prepare(
      `SELECT p.policy, p.access, p.video_id, v.title, v.state, v.playable, v.version, v.generation, v.segment_fragments,
         v.duration_seconds, v.available_from, v.available_until, v.playback, v.source_key, v.source_etag, v.former, v.poster_seconds,
         v.clip_of, v.clip_from_seconds, v.clip_to_seconds,
         (SELECT json_group_array(json_object('videoId', c.video_id, 'id', c.id, 'language', c.language, 'label', c.label,
            'kind', c.kind, 'isDefault', c.is_default, 'isForced', c.is_forced, 'isHidden', c.is_hidden,
            'revision', c.revision))
          FROM captions c WHERE c.video_id IN (v.id, v.clip_of)) AS captions,
         (SELECT json_group_array(json_object('videoId', s.video_id, 'version', s.version, 'id', s.id,
            'language', s.language, 'title', s.title, 'isDefault', s.is_default, 'isForced', s.is_forced,
            'attempt', s.attempt))
          FROM subtitles s WHERE s.video_id = coalesce(v.clip_of, v.id) AND s.version = v.version) AS texts,
         (SELECT json_group_array(json_object('id', a.id, 'label', a.label, 'isDefault', a.is_default,
            'position', a.position))
          FROM audio_tracks a WHERE a.video_id = v.id) AS sounds,
         (SELECT max(h.updated_at) FROM chapters h WHERE h.video_id IN (v.id, v.clip_of)) AS chapters_at,
         (SELECT json_group_array(json_object('version', m.version, 'kind', m.kind, 'state', m.state,
            'gopTicks', m.gop_ticks, 'gopTimescale', m.gop_timescale, 'formats', json(m.formats), 'images', json(m.images)))
          FROM versions m WHERE m.video_id = coalesce(v.clip_of, v.id)
            AND (m.version IN (v.version, v.former ->> '$.version')
              OR (m.version IN (v.version - 1, (v.former ->> '$.version') - 1) AND m.kind = 'source'))) AS versions
       FROM playback_ids p JOIN videos v ON v.id = p.video_id
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
    durationSeconds: row.duration_seconds,
    clip: clipIn(row),
    posterSeconds: row.poster_seconds,
    ...(await besides(row)),
    ...(await versionsIn(row)),
  };
}

function clipIn({ clip_of, clip_from_seconds, clip_to_seconds }: RecordRow): ClipWindow | null {
  if (clip_of === null || clip_from_seconds === null || clip_to_seconds === null) return null;
  return { ofVideoId: clip_of, fromSeconds: clip_from_seconds, toSeconds: clip_to_seconds };
}

const bare = { texts: [], sounds: [], chaptersAtMs: null, besidesKey: "" } as const;

/** Own rows only, as above. Most videos have nothing of it. */
async function besides(row: RecordRow) {
  const { captions, texts: carried, sounds: said, chapters_at: chaptersAtMs, video_id } = row;
  if (captions === "[]" && carried === "[]" && said === "[]" && chaptersAtMs === null) return bare;
  const { textTracks } = await import("#workers/captions/text-tracks.ts");
  const texts = textTracks(
    JSON.parse(captions) as readonly CaptionRow[],
    JSON.parse(carried) as readonly SourceText[],
    video_id,
  ).filter(({ isHidden }) => !isHidden);
  const sounds = JSON.parse(said) as readonly SoundSetting[];
  return { texts, sounds, chaptersAtMs, besidesKey: JSON.stringify([texts, sounds, chaptersAtMs !== null]) };
}

/** Own rows only: written by the API from what its contract let in. Of wishes, the playback id's come first. */
function accessOf(row: RecordRow, env: Pick<Env, "DEFAULT_MAX_STREAMS">): PlaybackAccess {
  const own = JSON.parse(row.access) as OwnAccess;
  return {
    restrictions: own.restrictions ?? openAccess.restrictions,
    limits: narrow(own.limits ?? openAccess.limits, JSON.parse(row.playback) as Limits),
    streamLimit: own.streamLimit ?? defaultStreamLimit(env.DEFAULT_MAX_STREAMS),
    downloads: own.downloads ?? openAccess.downloads,
    availableFromMs: row.available_from,
    availableUntilMs: row.available_until,
    termsVersion: own.termsVersion ?? openAccess.termsVersion,
  };
}

/** What new manifests offer first. */
async function versionsIn(row: RecordRow): Promise<Pick<PlaybackRecord, "media" | "other" | "former">> {
  // Own rows only: written by the scheduler and at the end of an upload from typed values.
  const rows = JSON.parse(row.versions) as readonly VersionRow[];
  const isCurrent = ({ version }: VersionRow) => version >= sourceVersionOf(row.version);
  const versions = rows.filter(isCurrent).map((version) => mediaOf(row, version));
  const ladder = versions.find(({ kind }) => kind === "ladder") ?? null;
  const source = versions.find(({ kind }) => kind === "source") ?? null;
  const [media, other] = ladder?.state === "sealed" || source === null ? [ladder, source] : [source, ladder];
  return { media, other, former: await formerIn(row, rows) };
}

/** Rare: a file was replaced a while ago. */
async function formerIn(row: RecordRow, versions: readonly VersionRow[]): Promise<readonly MediaVersion[]> {
  if (row.former === null) return [];
  const { readFormer } = await import("#workers/replacements/former.ts");
  const former = readFormer(row.former, Date.now());
  if (former === null) return [];
  const { generation, segmentFragments, sourceKey, sourceEtag } = former;
  const file = { ...row, generation, segment_fragments: segmentFragments };
  const own = { ...file, source_key: sourceKey, source_etag: sourceEtag };
  return versions
    .filter(({ version }) => version < sourceVersionOf(row.version))
    .map((version) => mediaOf(own, version));
}

function mediaOf(row: RecordRow, version: VersionRow): MediaVersion {
  const { kind, gopTicks, gopTimescale } = version;
  const isSource = kind === "source";
  return {
    kind,
    videoId: mediaOwner(row),
    version: version.version,
    generation: row.generation,
    state: version.state,
    gop: { ticks: gopTicks, timescale: gopTimescale },
    // What the file is cut into are segments already.
    segmentFragments: isSource ? 1 : row.segment_fragments,
    firstTrackBit: firstTrackBits[kind],
    formats: version.formats,
    images: version.images,
    file: isSource
      ? { objectKey: sourceKeyOf(mediaOwner(row), row.source_key), etag: row.source_etag }
      : null,
  };
}

const mediaOwner = ({ clip_of, video_id }: RecordRow) => clip_of ?? video_id;
