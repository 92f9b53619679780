import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { sessionShard } from "#workers/analytics/session-shards.ts";
import { runInDurableObject } from "cloudflare:test";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import { storeFilm } from "#workers/testing/store-film.ts";
import type { Usage } from "./contract.ts";
import type { LibraryStored } from "./library-stored.ts";

let token: string;
beforeEach(async () => {
  token = await insertApiKey("videos:read");
});

const get = async (path: string) => (await call("GET", path, { token })).json<Usage & LibraryStored>();

it("tells what was sent by all shards, what lies in the bucket, and what encoding took", async () => {
  const { videoId, playbackId } = await storeFilm(env);
  await env.DB.prepare("UPDATE versions SET encode_seconds = 12.34 WHERE video_id = ?").bind(videoId).run();
  for (const shard of [0, 5]) {
    await sessionShard(env, shard).add({
      ...{ isolateId: "one", sequence: 1 },
      sessions: [
        {
          ...{
            sessionId: `session-${shard}`,
            playbackId,
            videoId,
            viewerHash: null,
            issuedAtMs: 0,
            report: null,
          },
          delivered: { bytes: 1_000, mediaMs: 45_000 },
        },
      ],
    });
  }
  const stored = await env.MEDIA.list({ prefix: `videos/${videoId}/` });
  const day = new Date().toISOString().slice(0, 10);
  expect(await get(`/v1/videos/${videoId}/usage`)).toMatchObject({
    to: day,
    views: 2,
    minutesWatched: 1.5,
    bytesDelivered: 2_000,
    bytesStored: stored.objects.reduce((sum, { size }) => sum + size, 0),
    encodeSeconds: 12.3,
    days: [{ day, views: 2, minutesWatched: 1.5, bytesDelivered: 2_000 }],
  });
  expect(await get(`/v1/videos/${videoId}/usage?from=2020-01-01&to=2020-01-31`)).toMatchObject({
    from: "2020-01-01",
    views: 0,
    days: [],
  });
});

async function watch(videoId: string, playbackId: string, shard: number): Promise<void> {
  const sessionId = crypto.randomUUID();
  const session = { sessionId, playbackId, videoId, viewerHash: null, issuedAtMs: 0, report: null };
  const sessions = [{ ...session, delivered: { bytes: 500, mediaMs: 30_000 } }];
  await sessionShard(env, shard).add({ isolateId: crypto.randomUUID(), sequence: 1, sessions });
}

it("tells the same of all videos, also of those that are deleted by now", async () => {
  const before = await get("/v1/usage");
  const [one, two] = [await storeFilm(env), await storeFilm(env)];
  for (const [shard, { videoId, playbackId }] of [one, two, two].entries())
    await watch(videoId, playbackId, shard);
  await env.DB.prepare("UPDATE versions SET encode_seconds = 2.5 WHERE video_id = ?").bind(one.videoId).run();
  await env.DB.prepare("UPDATE videos SET source_size_bytes = 700, duration_seconds = 90 WHERE id IN (?, ?)")
    .bind(one.videoId, two.videoId)
    .run();
  const between = await get("/v1/usage");
  expect(between).toMatchObject({
    views: before.views + 3,
    minutesWatched: before.minutesWatched + 1.5,
    bytesDelivered: before.bytesDelivered + 1_500,
    videos: before.videos + 2,
    minutesStored: before.minutesStored + 3,
    bytesUploaded: before.bytesUploaded + 1_400,
    encodeSeconds: before.encodeSeconds + 2.5,
  });
  expect(between.days).toHaveLength(1);
  await env.DB.prepare("DELETE FROM videos WHERE id = ?").bind(two.videoId).run();
  expect(await get("/v1/usage")).toMatchObject({ views: between.views, videos: between.videos - 1 });
});

it("adds up the days of before they were added up", async () => {
  const { videoId, playbackId } = await storeFilm(env);
  await watch(videoId, playbackId, 3);
  const before = await get("/v1/usage");
  await runInDurableObject(sessionShard(env, 3), (_object, { storage }) => {
    storage.sql.exec("DROP TABLE day_usage");
  });
  expect(await get("/v1/usage")).toEqual(before);
});

it.each(["from=2026-02-01&to=2026-01-01", "from=yesterday", "to=2026-02-31", "from=9999-01-01"])(
  "refuses %s",
  async (query) => {
    const { videoId } = await storeFilm(env);
    for (const path of [`/v1/videos/${videoId}/usage`, "/v1/usage"])
      expect((await call("GET", `${path}?${query}`, { token })).status).toBe(400);
  },
);
