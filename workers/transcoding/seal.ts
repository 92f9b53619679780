// The end of a version: its index objects, and the removal of every object that they do not name.
import type { Env } from "#workers/env.ts";
import { chunkKey, indexKey, initKey, subtitlesKey, versionPrefix } from "#workers/storage/keys.ts";
import { joinFragments } from "#workers/timeline/join.ts";
import { decodeChunkIndex, decodeTrackIndex } from "#workers/timeline/index-decode.ts";
import { encodeTrackIndex } from "#workers/timeline/index-encode.ts";
import type { Fragments } from "#workers/timeline/timeline.ts";
import type { Part } from "./part-rows.ts";
import { imageKeys, type StoredImages } from "#workers/storage/stored-images.ts";
import type { VersionName } from "./publish.ts";

/** The whole of a track from its accepted chunks, in order. */
export function joinParts(parts: readonly Part[]): Fragments {
  const joined = joinFragments(parts.map(fragmentsOfPart));
  // Each was on the grid when it was accepted, and none is missing.
  if (!joined.ok) throw new Error(`accepted chunks don't join: ${JSON.stringify(joined.reason)}`);
  return joined.value;
}

export function fragmentsOfPart(part: Part): Fragments {
  const decoded = decodeChunkIndex(part.index);
  const only = decoded.ok ? decoded.value[0] : undefined;
  if (only === undefined)
    throw new Error(`the index of chunk ${part.chunk} of track ${part.track} can't be read`);
  return only.fragments;
}

/** The same parts give the same bytes, so writing again what a crash interrupted changes nothing. */
export async function storeIndex(
  env: Env,
  name: VersionName,
  track: string,
  fragments: Fragments,
): Promise<void> {
  await env.MEDIA.put(indexKey(name.videoId, name.version, track), encodeTrackIndex(fragments), {
    httpMetadata: { contentType: "application/octet-stream" },
  });
}

/** Names the object of a text. */
export interface StoredText {
  readonly id: string;
  readonly attempt: number;
}

/** `t3` is the fourth text of the source. */
export function textOrder(id: string): number {
  return Number(id.slice(1));
}

/** What a sealed version consists of. Every other object under its prefix lost a race. */
export function keysOfVersion(
  { videoId, version }: VersionName,
  tracks: ReadonlyMap<string, Fragments>,
  images: StoredImages | null,
  texts: readonly StoredText[],
): ReadonlySet<string> {
  const keys = new Set(imageKeys(videoId, version, images));
  for (const { id, attempt } of texts) keys.add(subtitlesKey(videoId, version, textOrder(id), attempt));
  for (const [track, fragments] of tracks) {
    keys.add(initKey(videoId, version, track));
    keys.add(indexKey(videoId, version, track));
    for (const { location } of fragments.runs) {
      if (location.kind !== "chunk") throw new Error(`track ${track} has fragments that are not in chunks`);
      keys.add(chunkKey({ videoId, version, track, chunk: location.chunk, attempt: location.attempt }));
    }
  }
  return keys;
}

/** `coming`: tracks that are being made for it. Returns how many were removed. */
export async function removeStrays(
  env: Env,
  name: VersionName,
  keep: ReadonlySet<string>,
  coming: readonly string[] = [],
): Promise<number> {
  const version = versionPrefix(name.videoId, name.version);
  const isComing = (key: string) => coming.some((track) => key.startsWith(`${version}${track}/`));
  let removed = 0;
  let cursor: string | undefined;
  do {
    const listed = await env.MEDIA.list({
      prefix: version,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const strays = listed.objects.map(({ key }) => key).filter((key) => !keep.has(key) && !isComing(key));
    if (strays.length > 0) await env.MEDIA.delete(strays);
    removed += strays.length;
    cursor = listed.truncated ? listed.cursor : undefined;
  } while (cursor !== undefined);
  return removed;
}

/** For a version that has left the board: its tracks, as their index objects say. */
export async function readSealedTracks(
  env: Env,
  name: VersionName,
  trackIds: readonly string[],
): Promise<ReadonlyMap<string, Fragments>> {
  const tracks = new Map<string, Fragments>();
  for (const track of trackIds) {
    const object = await env.MEDIA.get(indexKey(name.videoId, name.version, track));
    const decoded = object === null ? null : decodeTrackIndex(new Uint8Array(await object.arrayBuffer()));
    if (decoded === null || !decoded.ok) throw new Error(`the index of track ${track} can't be read`);
    tracks.set(track, decoded.value);
  }
  return tracks;
}
