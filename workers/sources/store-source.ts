// The objects of a version that is an uploaded file: init segments, indexes, what its fragments are made by, and where
// in it each moment is. The same file gives the same bytes, so writing again what a crash interrupted changes nothing.
import { encodeSourceMap } from "#workers/packaging/source/map-codec.ts";
import type { SourceTimeline } from "#workers/packaging/source/source.ts";
import { indexKey, initKey, sourceLayoutKey, sourceMapKey } from "#workers/storage/keys.ts";
import { encodeTrackIndex } from "#workers/timeline/index-encode.ts";

export interface SourceName {
  readonly videoId: string;
  /** Of the source itself. */
  readonly version: number;
}

export async function storeSource(
  bucket: R2Bucket,
  { videoId, version }: SourceName,
  { tracks, layout, map }: SourceTimeline,
): Promise<void> {
  const put = (key: string, bytes: Uint8Array, contentType = "application/octet-stream") =>
    bucket.put(key, bytes, { httpMetadata: { contentType } });
  await Promise.all([
    ...tracks.flatMap(({ format, init, fragments }) => [
      put(initKey(videoId, version, format.id), init, `${format.kind}/mp4`),
      put(indexKey(videoId, version, format.id), encodeTrackIndex(fragments)),
    ]),
    put(sourceLayoutKey(videoId, version), layout.bytes),
    put(sourceMapKey(videoId, version), encodeSourceMap(map)),
  ]);
}
