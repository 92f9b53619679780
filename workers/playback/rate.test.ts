import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";

it("who asks for manifests too often is told when to come back; who watches already does not notice", async () => {
  const video = await seedSealedVideo(env);
  // The platform's limiter counts by the clock; this one counts.
  let asked = 0;
  const limiter = { limit: () => Promise.resolve({ success: ++asked <= 2 }) };
  const location = new Location({ RATE_LIMIT_IP: limiter, RATE_LIMIT_IP_QUOTA: "2/60" });
  const isolate = location.isolate();
  const headers = { "CF-Connecting-IP": "203.0.113.7" };
  const path = `/p/${video.playbackId}/hls.m3u8`;
  const first = await isolate.fetch(path, { headers });
  const session = /s\/([\w-]{96})\//.exec(first.text)?.[1];
  expect((await isolate.fetch(path, { headers })).status).toBe(200);
  const refused = await isolate.fetch(path, { headers });
  expect([refused.status, refused.code]).toEqual([429, "rateLimited"]);
  expect(refused.header("Retry-After")).toBe("60");
  expect(refused.header("RateLimit-Policy")).toBe('"ip";q=2;w=60');
  expect(refused.header("Access-Control-Allow-Origin")).toBe("*");
  const segment = await isolate.fetch(`/p/${video.playbackId}/s/${session}/1-v720/2/0.m4s`, { headers });
  expect(segment.status).toBe(200);
});
