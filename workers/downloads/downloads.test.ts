import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { sourceKey } from "#workers/storage/keys.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { seedVideo } from "#workers/testing/seed-video.ts";
import { storeFilm } from "#workers/testing/store-film.ts";
import type { Download } from "./contract.ts";

it("lists what a player could have, with the lengths that it then gets", async () => {
  const token = await insertApiKey("videos:read", "videos:write");
  const { videoId, playbackId } = await storeFilm(env);
  const path = `/v1/videos/${videoId}`;
  const list = async () =>
    (await (await call("GET", `${path}/downloads`, { token })).json<{ data: readonly Download[] }>()).data;
  const before = await list();
  expect(before.map(({ name }) => name)).toEqual([
    ...["highest.mp4", "720p.mp4", "360p.mp4", "audio.m4a", "audio-a0.m4a"],
  ]);
  expect(before.every(({ url }) => url === null)).toBe(true);
  const allowed = await call("PATCH", `${path}/playback-ids/${playbackId}`, {
    token,
    json: { downloads: true },
  });
  expect(await allowed.json()).toMatchObject({ downloads: true });
  const isolate = new Location().isolate();
  for (const { url, sizeBytes } of await list()) {
    const { bytes } = await isolate.fetch(new URL(url ?? "").pathname);
    expect(bytes.length).toBe(sizeBytes);
  }
});

it("waits for the ladder", async () => {
  const token = await insertApiKey("videos:read");
  const video = await seedVideo(env);
  await video.publish(0);
  const answer = await call("GET", `/v1/videos/${video.videoId}/downloads`, { token });
  expect((await problemOf(answer)).code).toBe("notYetComplete");
});

it("gives the file itself to keys that may, in any range", async () => {
  const token = await insertApiKey("source:read");
  const { videoId } = await seedVideo(env);
  const bytes = crypto.getRandomValues(new Uint8Array(5_000));
  await env.MEDIA.put(sourceKey(videoId), bytes);
  await env.DB.prepare("UPDATE videos SET source_name = ? WHERE id = ?").bind('a"/é.mov', videoId).run();
  const get = (headers: Record<string, string> = {}) =>
    call("GET", `/v1/videos/${videoId}/source`, { token, headers });
  const whole = await get();
  expect(whole.headers.get("Content-Length")).toBe("5000");
  expect(whole.headers.get("Content-Disposition")).toBe(
    "attachment; filename=\"a-_.mov\"; filename*=UTF-8''a-%C3%A9.mov",
  );
  expect(new Uint8Array(await whole.arrayBuffer())).toEqual(bytes);
  const part = await get({ Range: "bytes=100-199" });
  expect([part.status, part.headers.get("Content-Range")]).toEqual([206, "bytes 100-199/5000"]);
  expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(100, 200));
  expect((await get({ Range: "bytes=5000-" })).status).toBe(416);
  expect((await get({ "If-None-Match": whole.headers.get("ETag") ?? "" })).status).toBe(304);
  const reader = await insertApiKey("videos:read");
  expect((await call("GET", `/v1/videos/${videoId}/source`, { token: reader })).status).toBe(403);
});
