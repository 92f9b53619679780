// What is stored of one version of a video goes.
import type { Env } from "#workers/env.ts";
import { versionPrefix } from "#workers/storage/keys.ts";

/** What `list` returns and `delete` takes at most. */
const pageKeys = 1_000;

export const mediaTables = ["versions", "chunks", "subtitles", "added_sounds"];

/** Returns how many objects there were. */
export async function eraseVersion(env: Env, videoId: string, version: number): Promise<number> {
  const objects = await eraseObjects(env.MEDIA, versionPrefix(videoId, version));
  await env.DB.batch(
    mediaTables.map((table) =>
      env.DB.prepare(`DELETE FROM ${table} WHERE video_id = ? AND version = ?`).bind(videoId, version),
    ),
  );
  return objects;
}

/** From the start at each page: what was deleted is not listed again. */
export async function eraseObjects(bucket: R2Bucket, prefix: string): Promise<number> {
  let objects = 0;
  for (;;) {
    const page = await bucket.list({ prefix, limit: pageKeys });
    if (page.objects.length === 0) return objects;
    await bucket.delete(page.objects.map((object) => object.key));
    objects += page.objects.length;
  }
}
