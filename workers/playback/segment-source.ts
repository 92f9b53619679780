// Where the bytes of a segment come from, as a value: it crosses to the entrypoint that Workers Cache stands before.
// Each kind of location has one source.
import { chunkKey } from "#workers/storage/keys.ts";
import { openSpan, type ByteSpan } from "#workers/storage/objects.ts";
import type { Location, PageLocation, SpanLocation } from "#workers/timeline/timeline.ts";
import type { SourceFile } from "./record.ts";

export interface SegmentName {
  readonly videoId: string;
  readonly version: number;
  readonly track: string;
}

/** A run of bytes of one stored object. */
export interface StoredBytes {
  readonly kind: "stored";
  readonly objectKey: string;
  readonly offsetBytes: number;
}

/** A fragment that is made of the uploaded file. */
export interface MadeBytes extends SegmentName {
  readonly kind: "made";
  readonly generation: number;
  /** Of the version's fragments. */
  readonly number: number;
  /** Of the fragments of its location. */
  readonly indexInRun: number;
  readonly location: PageLocation | SpanLocation;
  /** Of the span in the file; of a page nothing. */
  readonly span: ByteSpan;
  readonly file: SourceFile;
}

export type ByteSource = StoredBytes | MadeBytes;

export function storedAt(name: SegmentName, location: Location, offsetBytes: number): StoredBytes {
  if (location.kind !== "chunk") throw new Error("not stored: made when asked for");
  const { chunk, attempt } = location;
  return { kind: "stored", objectKey: chunkKey({ ...name, chunk, attempt }), offsetBytes };
}

/** Exactly the bytes of `span`, counted from where the source begins. Null: what is stored there is gone. */
export function openStored(
  bucket: R2Bucket,
  source: StoredBytes,
  { offsetBytes, sizeBytes }: ByteSpan,
): Promise<ReadableStream | null> {
  return openSpan(bucket, source.objectKey, { offsetBytes: source.offsetBytes + offsetBytes, sizeBytes });
}

/** Differs wherever the bytes do. */
export function etagOf(version: number, location: Location, span: ByteSpan): string {
  const place = location.kind === "chunk" ? `${location.chunk}.${location.attempt}` : location.kind;
  return `"${version}-${place}-${span.offsetBytes}-${span.sizeBytes}"`;
}
