// Where the bytes of a segment come from, as a value: it crosses to the entrypoint that Workers Cache stands before.
// Each kind of location has one source.
import { chunkKey } from "#workers/storage/keys.ts";
import { openSpan, type ByteSpan } from "#workers/storage/objects.ts";
import type { Location } from "#workers/timeline/timeline.ts";

export interface SegmentName {
  readonly videoId: string;
  readonly version: number;
  readonly track: string;
}

/** A run of bytes of one stored object. */
export interface ByteSource {
  readonly kind: "stored";
  readonly objectKey: string;
  readonly offsetBytes: number;
}

export function sourceOf(name: SegmentName, location: Location, offsetBytes: number): ByteSource {
  switch (location.kind) {
    case "chunk": {
      const { chunk, attempt } = location;
      return { kind: "stored", objectKey: chunkKey({ ...name, chunk, attempt }), offsetBytes };
    }
    case "page":
    case "span":
      throw new Error("not stored: made when asked for");
  }
}

/** Exactly the bytes of `span`, counted from where the source begins. Null: what is stored there is gone. */
export function openSource(
  bucket: R2Bucket,
  source: ByteSource,
  span: ByteSpan,
): Promise<ReadableStream | null> {
  switch (source.kind) {
    case "stored": {
      const { offsetBytes, sizeBytes } = span;
      return openSpan(bucket, source.objectKey, {
        offsetBytes: source.offsetBytes + offsetBytes,
        sizeBytes,
      });
    }
  }
}

/** Differs wherever the bytes do. */
export function etagOf(version: number, location: Location, span: ByteSpan): string {
  switch (location.kind) {
    case "chunk":
      return `"${version}-${location.chunk}.${location.attempt}-${span.offsetBytes}-${span.sizeBytes}"`;
    case "page":
    case "span":
      return `"${version}-${span.offsetBytes}-${span.sizeBytes}"`;
  }
}
