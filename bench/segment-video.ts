// A sealed video with more 1 MB segments than any run asks for. Its chunks are few and listed over and over,
// so that every segment has a name of its own, which no cache has seen, but not bytes of its own.
import { randomBytes } from "node:crypto";
import type { Stack } from "../scripts/stack/stack.ts";
import { chunkKey, indexKey } from "#workers/storage/keys.ts";
import { fragmentsOf } from "#workers/timeline/edit.ts";
import { joinFragments } from "#workers/timeline/join.ts";
import { encodeTrackIndex } from "#workers/timeline/index-encode.ts";
import type { VideoFormat } from "#workers/timeline/timeline.ts";
import { fetchText } from "./edge-requests.ts";

export const segmentBytes = 1_000_000;
const fragmentsPerSegment = 2;
const fragmentsPerChunk = 12;
const segmentsPerChunk = fragmentsPerChunk / fragmentsPerSegment;
const storedChunks = 16;
const version = 1;
const attempt = 1;

const format: VideoFormat = {
  id: "v720",
  kind: "video",
  codec: "avc1.64001f",
  timescale: 90_000,
  editStartTicks: 6_000,
  maxBitrateBps: 2_800_000,
  width: 1280,
  height: 720,
  frameRate: { numerator: 30, denominator: 1 },
};
const fragmentTicks = 2 * format.timescale;

export interface SegmentVideo {
  readonly manifestUrl: string;
  segmentUrl(n: number): string;
  /** The same bytes in the bucket. */
  storedRange(n: number): { readonly key: string; readonly offset: number; readonly length: number };
}

export async function addSegmentVideo(stack: Stack, segments: number): Promise<SegmentVideo> {
  const videoId = "vid_01KAQ0000000000000000000BENCH";
  const playbackId = randomBytes(16).toString("base64url");
  const keyOf = (chunk: number) =>
    chunkKey({ videoId, version, track: format.id, chunk: chunk % storedChunks, attempt });
  const bucket = await stack.worker.miniflare.getR2Bucket("MEDIA");
  for (let chunk = 0; chunk < storedChunks; chunk += 1) {
    await bucket.put(keyOf(chunk), randomBytes(segmentsPerChunk * segmentBytes));
  }
  await bucket.put(indexKey(videoId, version, format.id), index(Math.ceil(segments / segmentsPerChunk)));
  const db = await stack.worker.miniflare.getD1Database("DB");
  const durationSeconds = segments * fragmentsPerSegment * 2;
  await db.batch([
    db
      .prepare(
        `INSERT INTO videos (id, state, playable, segment_fragments, duration_seconds, created_at, updated_at)
         VALUES (?, 'ready', 1, ?, ?, 0, 0)`,
      )
      .bind(videoId, fragmentsPerSegment, durationSeconds),
    db
      .prepare("INSERT INTO playback_ids (id, video_id, policy, created_at) VALUES (?, ?, 'public', 0)")
      .bind(playbackId, videoId),
    db
      .prepare(
        `INSERT INTO versions (video_id, version, state, gop_ticks, gop_timescale, formats, created_at, sealed_at)
         VALUES (?, ?, 'sealed', ?, ?, ?, 0, 0)`,
      )
      .bind(videoId, version, fragmentTicks, format.timescale, JSON.stringify([format])),
  ]);
  const multivariant = `${stack.url}/p/${playbackId}/hls.m3u8`;
  const media = /^.*index\.m3u8$/m.exec(await fetchText(multivariant))?.[0];
  if (media === undefined) throw new Error("the multivariant playlist lists nothing");
  const folder = new URL(".", new URL(media, multivariant)).href;
  return {
    manifestUrl: multivariant,
    segmentUrl: (n) => `${folder}${fragmentsPerSegment}/${n}.m4s`,
    storedRange: (n) => ({
      key: keyOf(Math.floor(n / segmentsPerChunk)),
      offset: (n % segmentsPerChunk) * segmentBytes,
      length: segmentBytes,
    }),
  };
}

function index(chunks: number): Uint8Array {
  const fragment = {
    durationTicks: fragmentTicks,
    sizeBytes: segmentBytes / fragmentsPerSegment,
    leadBytes: 20_000,
    sync: true,
  };
  const entries = Array.from({ length: fragmentsPerChunk }, () => fragment);
  const parts = Array.from({ length: chunks }, (_, chunk) => {
    const first = chunk * fragmentsPerChunk;
    const location = { kind: "chunk", chunk: chunk % storedChunks, attempt } as const;
    return fragmentsOf(first, first * fragmentTicks, location, entries);
  });
  const joined = joinFragments(parts);
  if (!joined.ok) throw new Error(`the chunks do not join: ${joined.reason.kind}`);
  return encodeTrackIndex(joined.value);
}
