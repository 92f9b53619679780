// Both paths of media bytes: the Cache API, and Workers Cache before an entrypoint of its own. No cache stands before
// the entrypoint here, so what the platform would keep is asserted by the headers that tell it to.
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";

describe.each(["cacheApi", "workersCache"])("media behind %s", (MEDIA_CACHE) => {
  it("is whole, in ranges, by HEAD and by condition the same", async () => {
    const video = await seedSealedVideo(env);
    const isolate = new Location({ MEDIA_CACHE }).isolate();
    const { root } = await isolate.open(video.playbackId);
    const path = `${root}/1-v720/2/3.m4s`;
    const bytes = video.segmentBytes("v720", 2, 3);
    for (const round of [1, 2]) {
      const whole = await isolate.fetch(path);
      expect([whole.status, whole.header("Content-Length")], String(round)).toEqual([
        200,
        String(bytes.length),
      ]);
      expect(whole.bytes).toEqual(bytes);
      const part = await isolate.fetch(path, { headers: { Range: "bytes=10-19" } });
      expect([part.status, part.header("Content-Range")]).toEqual([206, `bytes 10-19/${bytes.length}`]);
      expect(part.bytes).toEqual(bytes.slice(10, 20));
      const etag = whole.header("ETag") ?? "";
      expect((await isolate.fetch(path, { headers: { "If-None-Match": etag } })).status).toBe(304);
    }
    const outside = await isolate.fetch(path, { headers: { Range: `bytes=${bytes.length}-` } });
    expect(outside.status).toBe(416);
    expect((await isolate.fetch(path, { method: "HEAD" })).header("Content-Length")).toBe(
      String(bytes.length),
    );
  });

  it("says notFound for bytes that are gone", async () => {
    const video = await seedSealedVideo(env);
    const isolate = new Location({ MEDIA_CACHE }).isolate();
    const { root } = await isolate.open(video.playbackId);
    const { objects } = await env.MEDIA.list({ prefix: `videos/${video.videoId}/1/v720/` });
    await env.MEDIA.delete(objects.map(({ key }) => key));
    const gone = await isolate.fetch(`${root}/1-v720/2/0.m4s`);
    expect([gone.status, gone.code]).toEqual([404, "notFound"]);
  });
});

describe("the entrypoint behind Workers Cache", () => {
  const wanted = (objectKey: string, sizeBytes: number) =>
    new Request("https://cache.invalid/vid_1/1/v720/2/0?1", {
      headers: {
        "Sluice-Wanted": JSON.stringify({
          source: { kind: "stored", objectKey, offsetBytes: 2 },
          sizeBytes,
          contentType: "video/mp4",
        }),
      },
    });

  it("answers wholly, for ever, and with the video's tag, whatever range is asked of it", async () => {
    await env.MEDIA.put("videos/entrypoint", "0123456789");
    const request = wanted("videos/entrypoint", 5);
    request.headers.set("Range", "bytes=0-0");
    const answer = await exports.Media.fetch(request);
    expect([answer.status, await answer.text()]).toEqual([200, "23456"]);
    expect(answer.headers.get("Content-Length")).toBe("5");
    expect(answer.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
    expect(answer.headers.get("Cache-Tag")).toBe("video-vid_1");
  });

  it("lets no cache keep that something is gone, or was asked for wrongly", async () => {
    const gone = await exports.Media.fetch(wanted("videos/nothing", 5));
    expect([gone.status, gone.headers.get("Cache-Control")]).toEqual([404, "no-store"]);
    const bare = await exports.Media.fetch(new Request("https://cache.invalid/vid_1/1/v720/2/0?1"));
    expect([bare.status, bare.headers.get("Cache-Control")]).toEqual([400, "no-store"]);
  });
});
