// The ladder of a video whose file was uploaded, as the pipeline seals it: of the tracks that were told some are made,
// the others are dropped. The media is random bytes.
import type { Env } from "#workers/env.ts";
import { chunkKey, indexKey, initKey } from "#workers/storage/keys.ts";
import { fragmentsOf } from "#workers/timeline/edit.ts";
import { encodeTrackIndex } from "#workers/timeline/index-encode.ts";
import type { Format } from "#workers/timeline/timeline.ts";
import { noise } from "./tus-client.ts";

const version = 1;
const fragments = 6;
const fragmentBytes = 1_000;

export interface SealedLadder {
  segment(track: string, g: number, n: number): Uint8Array;
}

export async function sealLadder(env: Env, videoId: string, made: readonly string[]): Promise<SealedLadder> {
  const row = await env.DB.prepare("SELECT formats FROM versions WHERE video_id = ? AND version = ?")
    .bind(videoId, version)
    .first<{ formats: string }>();
  const told = JSON.parse(row?.formats ?? "[]") as readonly Format[];
  const formats = told.map((format) => (made.includes(format.id) ? format : { ...format, dropped: true }));
  const stored = new Map<string, Uint8Array>();
  for (const [index, { id, timescale }] of told.entries()) {
    if (!made.includes(id)) continue;
    const bytes = noise(fragments * fragmentBytes, index + 1);
    stored.set(id, bytes);
    const entry = { durationTicks: 2 * timescale, sizeBytes: fragmentBytes, leadBytes: 0, sync: true };
    const table = fragmentsOf(
      0,
      0,
      { kind: "chunk", chunk: 0, attempt: 1 },
      Array.from({ length: fragments }, () => entry),
    );
    await env.MEDIA.put(chunkKey({ videoId, version, track: id, chunk: 0, attempt: 1 }), bytes);
    await env.MEDIA.put(indexKey(videoId, version, id), encodeTrackIndex(table));
    await env.MEDIA.put(initKey(videoId, version, id), noise(700, index + 100));
  }
  await env.DB.batch([
    env.DB.prepare(
      "UPDATE versions SET state = 'sealed', sealed_at = 0, formats = ? WHERE video_id = ? AND version = ?",
    ).bind(JSON.stringify(formats), videoId, version),
    env.DB.prepare("UPDATE videos SET state = 'ready', percent = 100 WHERE id = ?").bind(videoId),
  ]);
  return {
    segment: (track, g, n) =>
      stored.get(track)?.slice(n * g * fragmentBytes, (n + 1) * g * fragmentBytes) ?? new Uint8Array(0),
  };
}
