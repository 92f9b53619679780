// A sealed film whose stored fragments are real ones, with bytes of no meaning in them: for what takes fragments apart.
import { concatBytes } from "#workers/bytes.ts";
import { newId, randomToken } from "#workers/ids.ts";
import { readBoxes } from "#workers/packaging/cmaf/boxes.ts";
import { box, fullBox, u32, zeros } from "#workers/packaging/cmaf/write-boxes.ts";
import { writeFragment, type WrittenFragment } from "#workers/packaging/cmaf/write-fragment.ts";
import { chunkKey, indexKey, initKey } from "#workers/storage/keys.ts";
import { fragmentsOf } from "#workers/timeline/edit.ts";
import { encodeTrackIndex } from "#workers/timeline/index-encode.ts";
import { joinFragments } from "#workers/timeline/join.ts";
import type { Format } from "#workers/timeline/timeline.ts";
import { seedFormats } from "./seed-formats.ts";
import { tinyInit } from "./tiny-init.ts";

export interface StoredFilm {
  readonly videoId: string;
  readonly playbackId: string;
  /** All samples of a track, without what is around them. */
  readonly data: (track: string) => Uint8Array;
}

/** As much of the bindings as is used here: benches have them from elsewhere. */
export interface Stores<Statement = unknown> {
  readonly MEDIA: { put(key: string, value: Uint8Array): Promise<unknown> };
  readonly DB: {
    prepare(query: string): { bind(...values: unknown[]): Statement };
    batch(statements: Statement[]): Promise<unknown>;
  };
}

export interface FilmOptions {
  /** Of 2 s, in each chunk. */
  readonly chunkFragments?: readonly number[];
  /** Of the smallest; no two of a fragment are alike. */
  readonly sampleBytes?: number;
  readonly formats?: readonly Format[];
}

const fragmentSeconds = 2;
const attempt = 1;
const samplesOfFragment = 4;

export async function storeFilm(
  env: Stores,
  { chunkFragments = [2, 3], sampleBytes = 300, formats = seedFormats }: FilmOptions = {},
): Promise<StoredFilm> {
  const videoId = newId("video", Date.now());
  const playbackId = randomToken();
  const data = new Map<string, Uint8Array>();
  for (const format of formats)
    data.set(format.id, await storeTrack(env, videoId, format, chunkFragments, sampleBytes));
  const fragments = chunkFragments.reduce((sum, count) => sum + count, 0);
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO videos (id, title, state, playable, segment_fragments, duration_seconds, created_at, updated_at)
       VALUES (?, 'Film', 'ready', 1, 2, ?, 0, 0)`,
    ).bind(videoId, fragments * fragmentSeconds),
    env.DB.prepare(
      "INSERT INTO playback_ids (id, video_id, policy, created_at) VALUES (?, ?, 'public', 0)",
    ).bind(playbackId, videoId),
    env.DB.prepare(
      `INSERT INTO versions (video_id, version, state, gop_ticks, gop_timescale, formats, created_at, sealed_at)
       VALUES (?, 1, 'sealed', 180000, 90000, ?, 0, 0)`,
    ).bind(videoId, JSON.stringify(formats)),
  ]);
  return { videoId, playbackId, data: (track) => data.get(track) ?? new Uint8Array(0) };
}

async function storeTrack(
  { MEDIA }: Pick<Stores, "MEDIA">,
  videoId: string,
  format: Format,
  chunkFragments: readonly number[],
  sampleBytes: number,
): Promise<Uint8Array> {
  const { id: track, timescale } = format;
  const name = { videoId, version: 1, track };
  await MEDIA.put(initKey(videoId, 1, track), initOf(format));
  const samples: Uint8Array[] = [];
  const tables = [];
  let number = 0;
  for (const [chunk, count] of chunkFragments.entries()) {
    const written: WrittenFragment[] = [];
    const first = number;
    for (let index = 0; index < count; index++, number++) {
      const pieces = Array.from({ length: samplesOfFragment }, (_, sample) =>
        crypto.getRandomValues(new Uint8Array(sampleBytes + 17 * sample + (number % 1_000))),
      );
      samples.push(...pieces);
      written.push(
        writeFragment({
          sequence: number + 1,
          trackId: 1,
          startTicks: number * 2 * timescale,
          samples: pieces.map(({ length }, sample) => ({
            sizeBytes: length,
            durationTicks: (2 * timescale) / samplesOfFragment,
            compositionTicks: 0,
            sync: sample === 0,
          })),
          data: pieces,
        }),
      );
    }
    await MEDIA.put(chunkKey({ ...name, chunk, attempt }), concatBytes(written.map(({ bytes }) => bytes)));
    const entries = written.map(({ bytes, durationTicks, leadBytes }) => {
      return { durationTicks, leadBytes, sizeBytes: bytes.length, sync: true };
    });
    tables.push(fragmentsOf(first, first * 2 * timescale, { kind: "chunk", chunk, attempt }, entries));
  }
  const joined = joinFragments(tables);
  if (!joined.ok) throw new Error("the chunks of a test do not join");
  await MEDIA.put(indexKey(videoId, 1, track), encodeTrackIndex(joined.value));
  return concatBytes(samples);
}

/** With the headers that a file needs and a segment's reader does not. */
function initOf(format: Format): Uint8Array {
  const { editStartTicks, timescale } = format;
  const bytes = tinyInit(
    format.kind === "video"
      ? { kind: "video", width: format.width, height: format.height, timescale, editStartTicks }
      : { kind: "audio", sampleRateHz: format.sampleRateHz, channels: format.channels, editStartTicks },
  );
  const [fileType, moov] = partsOf(bytes);
  const [trak, mvex] = moov === undefined ? [] : partsOf(moov, 8);
  if (fileType === undefined || trak === undefined || mvex === undefined)
    throw new Error("a tiny init has these");
  const header = fullBox("mvhd", 0, 0, u32(0), u32(0), u32(1000), zeros(76), u32(2));
  const trackHeader = fullBox("tkhd", 0, 3, u32(0), u32(0), u32(1), zeros(68));
  return concatBytes([fileType, box("moov", header, box("trak", trackHeader, trak.subarray(8)), mvex)]);
}

function partsOf(bytes: Uint8Array, start = 0): readonly Uint8Array[] {
  const read = readBoxes(bytes, start);
  return read.ok ? read.value.map(({ offset, end }) => bytes.subarray(offset, end)) : [];
}
