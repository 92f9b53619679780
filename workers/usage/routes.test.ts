import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { sessionShard } from "#workers/analytics/session-shards.ts";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import { storeFilm } from "#workers/testing/store-film.ts";

let token: string;
beforeEach(async () => {
  token = await insertApiKey("videos:read");
});

const get = async (path: string) => (await call("GET", path, { token })).json();

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

it.each(["from=2026-02-01&to=2026-01-01", "from=yesterday", "to=2026-02-31", "from=9999-01-01"])(
  "refuses %s",
  async (query) => {
    const { videoId } = await storeFilm(env);
    const answer = await call("GET", `/v1/videos/${videoId}/usage?${query}`, { token });
    expect(answer.status).toBe(400);
  },
);
