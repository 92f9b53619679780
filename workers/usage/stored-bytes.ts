// What lies in the bucket of a video. An object of the owner's own is the owner's.
import { sourcePrefix, videoPrefix } from "#workers/storage/keys.ts";

export async function bytesStoredOf(bucket: R2Bucket, videoId: string): Promise<number> {
  const sizes = await Promise.all(
    [videoPrefix(videoId), sourcePrefix(videoId)].map((prefix) => sizeOf(bucket, prefix)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function sizeOf(bucket: R2Bucket, prefix: string): Promise<number> {
  let bytes = 0;
  for (let cursor: string | undefined; ;) {
    const page = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
    for (const { size } of page.objects) bytes += size;
    if (!page.truncated) return bytes;
    cursor = page.cursor;
  }
}
