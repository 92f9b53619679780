// Reading stored objects. R2 shortens a range that reaches past the end, and says so only in `size`: here
// an object shorter than an index claims is an error, never a short answer.

export interface ByteSpan {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/** The whole of a small object, or null when there is none. */
export async function readObject(bucket: R2Bucket, key: string): Promise<ArrayBuffer | null> {
  const object = await bucket.get(key);
  return object === null ? null : object.arrayBuffer();
}

/** A stream of exactly `span`, or null when there is no such object. */
export async function openSpan(
  bucket: R2Bucket,
  key: string,
  span: ByteSpan,
): Promise<ReadableStream | null> {
  const object = await bucket.get(key, { range: { offset: span.offsetBytes, length: span.sizeBytes } });
  if (object === null) return null;
  if (object.size < span.offsetBytes + span.sizeBytes) {
    await object.body.cancel();
    throw new Error(`${key} has ${object.size} bytes, ${span.offsetBytes}+${span.sizeBytes} were expected`);
  }
  return object.body;
}

/** The first bytes of an object, at most `maxBytes`, or null when there is no such object. */
export async function readStart(
  bucket: R2Bucket,
  key: string,
  maxBytes: number,
): Promise<ArrayBuffer | null> {
  const object = await bucket.get(key, { range: { offset: 0, length: maxBytes } });
  return object === null ? null : object.arrayBuffer();
}
