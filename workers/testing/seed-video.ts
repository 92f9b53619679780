// A video as the pipeline leaves it, made in code: rows in D1, objects in R2. The media is random bytes, so
// that equal answers are equal bytes and nothing else.
import type { Env } from "#workers/env.ts";
import type { StoredImages } from "#workers/storage/stored-images.ts";
import { newId, randomToken } from "#workers/ids.ts";
import {
  chunkKey,
  indexKey,
  initKey,
  posterKey,
  previewKey,
  storyboardKey,
  thumbnailPackKey,
} from "#workers/storage/keys.ts";
import { encodeThumbnailPack } from "#workers/packaging/thumbnail-pack.ts";
import { fragmentsOf } from "#workers/timeline/edit.ts";
import { joinFragments } from "#workers/timeline/join.ts";
import { encodeChunkIndex, encodeTrackIndex } from "#workers/timeline/index-encode.ts";
import { seedFormats } from "./seed-formats.ts";
import type { Format, Fragments, SegmentFragments } from "#workers/timeline/timeline.ts";

export interface SeedOptions {
  readonly policy?: "public" | "signed" | "drm";
  readonly segmentFragments?: SegmentFragments;
  /** Fragments of each chunk, on the grid of 6 and then 12. */
  readonly chunkFragments?: readonly number[];
  readonly meanFragmentBytes?: number;
  readonly formats?: readonly Format[];
}

const attempt = 3;
const version = 1;

/** A planned video, with nothing published yet. */
export async function seedVideo(env: Env, options: SeedOptions = {}): Promise<SeededVideo> {
  const video = new SeededVideo(env, options);
  await video.insert(options.policy ?? "public");
  return video;
}

/** All chunks published and sealed. */
export async function seedSealedVideo(env: Env, options: SeedOptions = {}): Promise<SeededVideo> {
  const video = await seedVideo(env, options);
  for (const chunk of video.chunkFragments.keys()) await video.publish(chunk);
  await video.seal();
  return video;
}

export class SeededVideo {
  readonly videoId = newId("video", Date.now());
  readonly playbackId = randomToken();
  readonly version = version;
  readonly chunkFragments: readonly number[];
  readonly formats: readonly Format[];
  readonly #env: Env;
  readonly #segmentFragments: SegmentFragments;
  readonly #meanFragmentBytes: number;
  /** Per track, in order of the chunks. */
  readonly #published = new Map<string, Map<number, Fragments>>();
  readonly #bytes = new Map<string, Uint8Array>();

  constructor(env: Env, options: SeedOptions) {
    this.#env = env;
    this.chunkFragments = options.chunkFragments ?? [6, 12, 12];
    this.formats = options.formats ?? seedFormats;
    this.#segmentFragments = options.segmentFragments ?? 2;
    this.#meanFragmentBytes = options.meanFragmentBytes ?? 2_000;
  }

  get durationSeconds(): number {
    return 2 * this.chunkFragments.reduce((sum, count) => sum + count, 0);
  }

  async insert(policy: "public" | "signed" | "drm"): Promise<void> {
    const { DB } = this.#env;
    await DB.batch([
      DB.prepare(
        `INSERT INTO videos (id, state, segment_fragments, duration_seconds, created_at, updated_at)
         VALUES (?, 'processing', ?, ?, 0, 0)`,
      ).bind(this.videoId, this.#segmentFragments, this.durationSeconds),
      DB.prepare("INSERT INTO playback_ids (id, video_id, policy, created_at) VALUES (?, ?, ?, 0)").bind(
        this.playbackId,
        this.videoId,
        policy,
      ),
      DB.prepare(
        `INSERT INTO versions (video_id, version, state, gop_ticks, gop_timescale, formats, created_at)
         VALUES (?, ?, 'encoding', 180000, 90000, ?, 0)`,
      ).bind(this.videoId, version, JSON.stringify(this.formats)),
    ]);
    for (const { id } of this.formats) {
      await this.#put(initKey(this.videoId, version, id), randomBytes(700 + id.length));
    }
  }

  async publish(chunk: number): Promise<void> {
    const parts = [];
    for (const [trackIndex, format] of this.formats.entries()) {
      const fragments = this.#chunk(format, trackIndex, chunk);
      const sizeBytes = fragments.sizeBytes.reduce((sum, size) => sum + size, 0);
      const { id: track } = format;
      await this.#put(
        chunkKey({ videoId: this.videoId, version, track, chunk, attempt }),
        randomBytes(sizeBytes),
      );
      const published = this.#published.get(track) ?? new Map<number, Fragments>();
      this.#published.set(track, published.set(chunk, fragments));
      parts.push({ track, fragments });
    }
    const { DB } = this.#env;
    await DB.batch([
      DB.prepare(
        "INSERT INTO chunks (video_id, version, chunk, index_blob, published_at) VALUES (?, ?, ?, ?, 0)",
      ).bind(this.videoId, version, chunk, encodeChunkIndex(parts)),
      DB.prepare("UPDATE videos SET playable = MAX(playable, ?) WHERE id = ?").bind(
        chunk === 0 ? 1 : 0,
        this.videoId,
      ),
    ]);
  }

  async seal(): Promise<void> {
    for (const { id } of this.formats) {
      await this.#put(indexKey(this.videoId, version, id), encodeTrackIndex(this.fragments(id)));
    }
    const { DB } = this.#env;
    await DB.batch([
      DB.prepare("UPDATE versions SET state = 'sealed', sealed_at = 0 WHERE video_id = ?").bind(this.videoId),
      DB.prepare("UPDATE videos SET state = 'ready', playable = 1 WHERE id = ?").bind(this.videoId),
    ]);
  }

  /** A poster and a pack of `count` pictures, one per ten seconds. */
  async addImages(
    count: number,
  ): Promise<{ readonly poster: Uint8Array; readonly thumbnails: readonly Uint8Array[] }> {
    const poster = randomBytes(3_000);
    const thumbnails = Array.from({ length: count }, (_, index) => randomBytes(400 + index));
    const images = seedImages(count);
    for (const { width } of images.poster) {
      await this.#put(posterKey(this.videoId, version, width, attempt), poster.slice(0, width));
    }
    for (const size of images.thumbnails.sizes) {
      const pictures = thumbnails.map((each) => each.slice(0, size.width));
      const pack = encodeThumbnailPack({ everySeconds: 10, ...size, images: pictures });
      await this.#put(thumbnailPackKey(this.videoId, version, size.width, attempt), pack);
    }
    const sheets = encodeThumbnailPack({ everySeconds: 20, width: 320, height: 90, images: thumbnails });
    await this.#put(storyboardKey(this.videoId, version, attempt), sheets);
    await this.#put(previewKey(this.videoId, version, attempt), poster);
    await this.#env.DB.prepare("UPDATE versions SET images = ? WHERE video_id = ?")
      .bind(JSON.stringify(images), this.videoId)
      .run();
    return { poster, thumbnails };
  }

  fragments(track: string): Fragments {
    const chunks = [...(this.#published.get(track) ?? [])].sort(([a], [b]) => a - b);
    const joined = joinFragments(chunks.map(([, fragments]) => fragments));
    if (!joined.ok) throw new Error(`nothing is published of ${track}`);
    return joined.value;
  }

  initBytes(track: string): Uint8Array {
    return this.#stored(initKey(this.videoId, version, track));
  }

  /** What segment `n` of `g` fragments must be, cut from what was stored without using the index. */
  segmentBytes(track: string, g: number, n: number): Uint8Array {
    let chunk = 0;
    let before = 0;
    while (n * g >= before + (this.chunkFragments[chunk] ?? 0)) before += this.chunkFragments[chunk++] ?? 0;
    const fragments = this.#published.get(track)?.get(chunk);
    if (fragments === undefined) throw new Error(`chunk ${chunk} of ${track} is not published`);
    const from = n * g - before;
    const offset = fragments.sizeBytes.slice(0, from).reduce((sum, size) => sum + size, 0);
    const size = fragments.sizeBytes.slice(from, from + g).reduce((sum, bytes) => sum + bytes, 0);
    const stored = this.#stored(chunkKey({ videoId: this.videoId, version, track, chunk, attempt }));
    return stored.slice(offset, offset + size);
  }

  #chunk(format: Format, trackIndex: number, chunk: number): Fragments {
    const first = this.chunkFragments.slice(0, chunk).reduce((sum, count) => sum + count, 0);
    const ticks = 2 * format.timescale;
    const entries = Array.from({ length: this.chunkFragments[chunk] ?? 0 }, (_, index) => {
      const sizeBytes = this.#meanFragmentBytes + 10 * ((first + index) % 7) + 100 * trackIndex;
      return {
        durationTicks: ticks,
        sizeBytes,
        leadBytes: format.kind === "video" ? Math.floor(sizeBytes / 4) : 0,
        sync: true,
      };
    });
    return fragmentsOf(first, first * ticks, { kind: "chunk", chunk, attempt }, entries);
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    this.#bytes.set(key, bytes);
    await this.#env.MEDIA.put(key, bytes);
  }

  #stored(key: string): Uint8Array {
    const bytes = this.#bytes.get(key);
    if (bytes === undefined) throw new Error(`${key} was not stored`);
    return bytes;
  }
}

/** getRandomValues gives at most 64 KiB at once. */
function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let offset = 0; offset < length; offset += 65_536) {
    crypto.getRandomValues(bytes.subarray(offset, Math.min(offset + 65_536, length)));
  }
  return bytes;
}

/** Smaller sizes are the starts of the larger ones' bytes; a sheet has two tiles. */
function seedImages(count: number): StoredImages {
  return {
    attempt,
    poster: [
      { width: 3_000, height: 1_688 },
      { width: 320, height: 180 },
    ],
    thumbnails: {
      everySeconds: 10,
      count,
      sizes: [
        { width: 1_000, height: 562 },
        { width: 160, height: 90 },
      ],
    },
    storyboard: { width: 160, height: 90, columns: 2, rows: 1 },
    preview: { width: 320, height: 180 },
    frame: { streamIndex: 0, sourceStartSeconds: 0, toneMap: false, deinterlace: false },
  };
}
