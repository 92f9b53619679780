// What proves that two videos are the same: every decoded frame, and every stored object.
import type { Stack } from "../stack/stack.ts";
import { run } from "../stack/bundle.ts";

export interface StoredObject {
  /** Without the video's id and without the attempt that won. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly md5: string;
}

const prefixes = ["sources/", "videos/", "uploads/"];

/** Every object of the bucket, sorted by key. */
export async function listBucket(
  stack: Stack,
): Promise<readonly { key: string; size: number; etag: string }[]> {
  const bucket = await stack.worker.miniflare.getR2Bucket("MEDIA");
  const found: { key: string; size: number; etag: string }[] = [];
  for (const prefix of prefixes) {
    let cursor: string | undefined;
    do {
      const page = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
      found.push(...page.objects.map(({ key, size, etag }) => ({ key, size, etag })));
      cursor = page.truncated ? page.cursor : undefined;
    } while (cursor !== undefined);
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Which attempt won is chance; what it stored is not. */
export async function storedObjects(stack: Stack, videoId: string): Promise<readonly StoredObject[]> {
  const objects = await listBucket(stack);
  return objects
    .filter(({ key }) => key.includes(videoId))
    .map(({ key, size, etag }) => ({
      name: key.replace(videoId, "VIDEO").replace(/\.\d+\.(m4s|jpg|bin|mp4|vtt)$/, ".$1"),
      sizeBytes: size,
      // A multipart source has no plain MD5, and an index names the attempts that won: their sizes, and the
      // frames that are decoded through them, speak for these.
      md5: key.endsWith("/original") || key.includes("/index/") ? "" : etag,
    }));
}

/** framemd5 of every stream that a manifest offers: timestamps, durations and pixels of all frames. */
export async function frameHashes(manifestUrl: string): Promise<string> {
  const output = await run("ffmpeg", [
    ...["-nostdin", "-hide_banner", "-loglevel", "error", "-i", manifestUrl],
    ...["-map", "0:v?", "-map", "0:a?", "-f", "framemd5", "-"],
  ]);
  return output
    .split("\n")
    .filter((line) => !line.startsWith("#software"))
    .join("\n");
}
