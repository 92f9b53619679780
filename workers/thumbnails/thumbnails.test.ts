// The owner's picture of a video that viewers need a token for.
import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { seedSealedVideo, seedVideo } from "#workers/testing/seed-video.ts";

let token: string;
beforeAll(async () => {
  token = await insertApiKey("videos:read");
});

const get = (videoId: string, query = "", headers: Record<string, string> = {}) =>
  call("GET", `/v1/videos/${videoId}/thumbnail.jpg${query}`, { token, headers });

async function pictured() {
  const video = await seedSealedVideo(env);
  await video.addImages(2);
  return video;
}

it("is there by key, whatever viewers need, and for no cache that others ask", async () => {
  const { videoId, playbackId } = await pictured();
  await env.DB.prepare("UPDATE playback_ids SET policy = 'signed' WHERE id = ?").bind(playbackId).run();
  expect((await call("GET", `/p/${playbackId}/thumbnail.jpg`)).status).toBe(403);
  const shown = await get(videoId);
  expect([shown.status, shown.headers.get("Content-Type"), shown.headers.get("Cache-Control")]).toEqual([
    ...[200, "image/jpeg"],
    "private, max-age=60",
  ]);
  const bytes = await shown.arrayBuffer();
  expect(bytes.byteLength).toBeGreaterThan(0);
  const again = await get(videoId, "", { "If-None-Match": shown.headers.get("ETag") ?? "" });
  expect([again.status, await again.text()]).toEqual([304, ""]);
  const at = await get(videoId, "?time=12.5&width=100");
  expect(at.status).toBe(200);
  expect(new Uint8Array(await at.arrayBuffer())).not.toEqual(new Uint8Array(bytes));
});

it("says why there is none", async () => {
  const { videoId } = await pictured();
  const waiting = await seedVideo(env);
  await env.DB.prepare("UPDATE videos SET state = 'awaitingUpload', playable = 0 WHERE id = ?")
    .bind(waiting.videoId)
    .run();
  const closed = await pictured();
  await env.DB.prepare("DELETE FROM playback_ids WHERE video_id = ?").bind(closed.videoId).run();
  const codes = async (id: string, query: string) => (await problemOf(await get(id, query))).code;
  expect(await codes(videoId, "?time=soon")).toBe("invalidParameter");
  expect(await codes(videoId, "?width=-1")).toBe("invalidParameter");
  expect(await codes(waiting.videoId, "")).toBe("notYetPlayable");
  expect(await codes(closed.videoId, "")).toBe("notFound");
  expect(await codes("vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4", "")).toBe("notFound");
});
