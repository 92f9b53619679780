// The timelines this isolate knows. A sealed version is read once, from its index objects; a growing one
// from the chunk rows it does not have yet, at most once a second.
import type { Env } from "#workers/env.ts";
import { log } from "#workers/http/log.ts";
import { indexKey } from "#workers/storage/keys.ts";
import { readObject } from "#workers/storage/objects.ts";
import { decodeTrackIndex } from "#workers/timeline/index-decode.ts";
import { noFragments } from "#workers/timeline/segments.ts";
import type { Fragments, Timeline, Track } from "#workers/timeline/timeline.ts";
import { ByteLru } from "./byte-lru.ts";
import { canonicalKey } from "./edge-cache.ts";
import type * as growing from "./growth.ts";
import type { Growth, Grown } from "./growth.ts";
import type { MediaVersion } from "./record.ts";
import { SingleFlight } from "./single-flight.ts";
import { readThroughEdge } from "./small-objects.ts";

export interface LoadedTimeline {
  /** A name for exactly these contents: what is printed from the timeline is kept under it. */
  readonly revision: string;
  readonly timeline: Timeline;
}

export interface LoadedTrack {
  readonly fragments: Fragments;
  readonly complete: boolean;
}

/** The record may say "encoding" for a while after the seal; what was seen sealed stays sealed. */
type Known =
  | { readonly state: "sealed"; readonly media: MediaVersion }
  | { readonly state: "growing"; readonly growth: Growth; readonly checkedAtMs: number };

const refreshEveryMs = 1_000;
const knownBytes = 8 * 1024 * 1024;
const sealedTracksBytes = 24 * 1024 * 1024;

export class TimelineStore {
  readonly #known = new ByteLru<Known>(knownBytes);
  readonly #sealedTracks = new ByteLru<Fragments>(sealedTracksBytes);
  readonly #knownLoads = new SingleFlight<Known | null>();
  readonly #trackLoads = new SingleFlight<Fragments | null>();
  /** The code for versions that grow, once one was asked for. */
  #growing: typeof growing | null = null;

  /** The revision that `timeline` would answer now, if memory alone can tell. */
  peekRevision(media: MediaVersion, nowMs: number): string | undefined {
    const known = this.#peek(media, nowMs);
    return known === undefined ? undefined : revisionOf(known);
  }

  /** What memory holds of a track, however old: what a growing table has never changes, it only gets more. */
  peekTrack(media: MediaVersion, track: string): LoadedTrack | undefined {
    const sealed = this.#sealedTracks.get(trackName(media, track));
    if (sealed !== undefined) return { fragments: sealed, complete: true };
    const known = this.#known.get(versionName(media));
    return known?.state === "growing" ? growingTrack(known.growth, track) : undefined;
  }

  /** Null: the version, its index or the track is gone. */
  async track(
    media: MediaVersion,
    track: string,
    env: Env,
    ctx: ExecutionContext,
    nowMs: number,
  ): Promise<LoadedTrack | null> {
    const known = await this.#know(media, env, ctx, nowMs);
    if (known === null) return null;
    if (known.state === "growing") return growingTrack(known.growth, track) ?? null;
    const fragments = await this.#sealedTrack(known.media, track, env, ctx, nowMs);
    return fragments === null ? null : { fragments, complete: true };
  }

  /** All tracks. Null: the version or an index is gone. */
  async timeline(
    media: MediaVersion,
    env: Env,
    ctx: ExecutionContext,
    nowMs: number,
  ): Promise<LoadedTimeline | null> {
    const known = await this.#know(media, env, ctx, nowMs);
    if (known === null) return null;
    const revision = revisionOf(known);
    if (known.state === "growing") return { revision, timeline: known.growth.timeline };
    const { formats, gop } = known.media;
    const columns = await Promise.all(
      formats.map(async ({ id, dropped }) =>
        dropped === true ? noFragments : this.#sealedTrack(known.media, id, env, ctx, nowMs),
      ),
    );
    const tracks: Track[] = [];
    for (const [index, format] of formats.entries()) {
      const fragments = columns[index];
      if (fragments === null || fragments === undefined) return null;
      tracks.push({ format, fragments });
    }
    return { revision, timeline: { tracks, gop, complete: true } };
  }

  #peek(media: MediaVersion, nowMs: number): Known | undefined {
    if (media.state === "sealed") return { state: "sealed", media };
    const known = this.#known.get(versionName(media));
    if (known?.state === "growing" && nowMs - known.checkedAtMs >= refreshEveryMs) return undefined;
    return known;
  }

  async #know(media: MediaVersion, env: Env, ctx: ExecutionContext, nowMs: number): Promise<Known | null> {
    const known = this.#peek(media, nowMs);
    if (known !== undefined) return known;
    return this.#knownLoads.run(versionName(media), nowMs, ctx, () => this.#refresh(media, env, nowMs));
  }

  async #refresh(media: MediaVersion, env: Env, nowMs: number): Promise<Known | null> {
    const { emptyGrowth, grow, readGrowth } = (this.#growing ??= await import("./growth.ts"));
    const name = versionName(media);
    const before = this.#known.get(name);
    const growth = before?.state === "growing" ? before.growth : emptyGrowth(media);
    const read = await readGrowth(env.DB, media, growth.nextChunk);
    if (read === null) {
      this.#known.delete(name);
      return null;
    }
    const known =
      read.media.state === "sealed" ? sealedKnown(read.media) : grownKnown(grow(growth, read), nowMs);
    this.#known.set(name, known, sizeOfKnown(known));
    return known;
  }

  async #sealedTrack(
    media: MediaVersion,
    track: string,
    env: Env,
    ctx: ExecutionContext,
    nowMs: number,
  ): Promise<Fragments | null> {
    const name = trackName(media, track);
    const known = this.#sealedTracks.get(name);
    if (known !== undefined) return known;
    return this.#trackLoads.run(name, nowMs, ctx, async () => {
      const fragments = await loadIndex(media, track, env, ctx);
      if (fragments !== null) this.#sealedTracks.set(name, fragments, sizeOfFragments(fragments));
      return fragments;
    });
  }
}

async function loadIndex(
  media: MediaVersion,
  track: string,
  env: Env,
  ctx: ExecutionContext,
): Promise<Fragments | null> {
  const { videoId, version, generation } = media;
  const key = canonicalKey({ videoId, version, generation, rest: `${track}/index` });
  const read = await readThroughEdge({ key, contentType: "application/octet-stream" }, ctx, () =>
    readObject(env.MEDIA, indexKey(videoId, version, track)),
  );
  if (read === null) return null;
  const decoded = decodeTrackIndex(read.bytes);
  if (!decoded.ok) throw new Error(`index of ${videoId}/${version}/${track}: ${decoded.reason.kind}`);
  return decoded.value;
}

function growingTrack({ timeline }: Growth, track: string): LoadedTrack | undefined {
  const found = timeline.tracks.find(({ format }) => format.id === track);
  return found === undefined ? undefined : { fragments: found.fragments, complete: false };
}

function sealedKnown(media: MediaVersion): Known {
  return { state: "sealed", media };
}

function grownKnown({ growth, fault }: Grown, checkedAtMs: number): Known {
  if (fault !== null) {
    const { videoId, version } = growth.media;
    log("error", "playback.chunkRowUnusable", { videoId, version, fault });
  }
  return { state: "growing", growth, checkedAtMs };
}

function revisionOf(known: Known): string {
  // A sealed version gets and loses sounds of their own files.
  return known.state === "sealed"
    ? `${versionName(known.media)}/${known.media.formats.map(({ dropped }) => dropped).join()}`
    : `${versionName(known.growth.media)}/${known.growth.nextChunk}${known.growth.partial ? "+" : ""}`;
}

function versionName({ videoId, version, generation }: MediaVersion): string {
  return `${videoId}/${version}/${generation}`;
}

function trackName(media: MediaVersion, track: string): string {
  return `${versionName(media)}/${track}`;
}

/** Columns, run objects, and what an entry costs anyway. */
function sizeOfFragments({ sync, runs }: Fragments): number {
  return 13 * sync.length + 100 * runs.length + 500;
}

function sizeOfKnown(known: Known): number {
  if (known.state === "sealed") return 4_000;
  return known.growth.timeline.tracks.reduce((sum, { fragments }) => sum + sizeOfFragments(fragments), 4_000);
}
