// Where the bytes of a segment come from. Declared here by its user; each kind of location has one source.
import { chunkKey } from "#workers/storage/keys.ts";
import { openSpan, type ByteSpan } from "#workers/storage/objects.ts";
import type { Location } from "#workers/timeline/timeline.ts";

export interface SegmentName {
  readonly videoId: string;
  readonly version: number;
  readonly track: string;
}

export interface SegmentSource {
  /** Exactly the bytes of `span` at `location`. Null: what is stored there is gone. */
  open(name: SegmentName, location: Location, span: ByteSpan): Promise<ReadableStream | null>;
}

export function storedSegments(bucket: R2Bucket): SegmentSource {
  return {
    open({ videoId, version, track }, location, span) {
      switch (location.kind) {
        case "chunk": {
          const { chunk, attempt } = location;
          return openSpan(bucket, chunkKey({ videoId, version, track, chunk, attempt }), span);
        }
      }
    },
  };
}

/** Differs wherever the bytes do. */
export function etagOf(version: number, location: Location, span: ByteSpan): string {
  switch (location.kind) {
    case "chunk":
      return `"${version}-${location.chunk}.${location.attempt}-${span.offsetBytes}-${span.sizeBytes}"`;
  }
}
