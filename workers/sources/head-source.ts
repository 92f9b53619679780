// What a video is made of, as the bucket has it now.
import { sourceKeyOf } from "#workers/storage/keys.ts";

export interface SourceRow {
  /** Of an object of the owner's own; null for what was uploaded. */
  readonly source_key: string | null;
  /** As it was when it was looked at; null: it was not. */
  readonly source_etag: string | null;
}

/** Null also where another object took its place: what was looked at, and maybe plays, is another film. */
export async function headSource(
  bucket: R2Bucket,
  videoId: string,
  row: SourceRow,
): Promise<R2Object | null> {
  const object = await bucket.head(sourceKeyOf(videoId, row.source_key));
  return row.source_etag !== null && object?.etag !== row.source_etag ? null : object;
}
