import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { subtitlesKey } from "#workers/storage/keys.ts";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import { seedVideo } from "#workers/testing/seed-video.ts";

let token: string;
beforeAll(async () => {
  token = await insertApiKey("videos:read");
});

async function withTexts(...ids: readonly string[]): Promise<string> {
  const { videoId } = await seedVideo(env);
  const insert = env.DB.prepare(
    `INSERT INTO subtitles (video_id, version, id, language, title, is_default, is_forced, attempt)
     VALUES (?, 1, ?, 'fr', 'Français', 0, 1, 3)`,
  );
  await env.DB.batch(ids.map((id) => insert.bind(videoId, id)));
  await env.MEDIA.put(subtitlesKey(videoId, 1, 2, 3), "WEBVTT\n\n00:00.000 --> 00:01.000\n<b>Où ?</b>\n");
  return videoId;
}

const get = (path: string) => call("GET", path, { token });

it("lists texts in the order of the source, each with where it is", async () => {
  const videoId = await withTexts("t10", "t2");
  const answer = await get(`/v1/videos/${videoId}/subtitles`);
  expect(answer.status).toBe(200);
  const { data } = await answer.json<{ data: readonly { id: string; url: string }[] }>();
  expect(data.map(({ id }) => id)).toEqual(["t2", "t10"]);
  expect(data[0]).toEqual({
    ...{ id: "t2", language: "fr", title: "Français", isDefault: false, isForced: true },
    url: `https://sluice.test/v1/videos/${videoId}/subtitles/t2.vtt`,
  });
});

it("shows the same texts with the video", async () => {
  const videoId = await withTexts("t10", "t2");
  const { data } = await (await get(`/v1/videos/${videoId}/subtitles`)).json<{ data: unknown }>();
  expect(await (await get(`/v1/videos/${videoId}`)).json()).toMatchObject({ subtitles: data });
});

it("gives a text as WebVTT, which no browser takes for anything else", async () => {
  const videoId = await withTexts("t2");
  const answer = await get(`/v1/videos/${videoId}/subtitles/t2.vtt`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("Content-Type")).toBe("text/vtt; charset=utf-8");
  expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(await answer.text()).toContain("<b>Où ?</b>");
});

it.each([
  [404, "t1.vtt"],
  [404, "t3.vtt"],
  [404, "t2.srt"],
  [404, "..%2F..%2Foriginal"],
  [404, "t999999999.vtt"],
])("answers %i to %s", async (status, file) => {
  // t3 is listed, and its object is gone.
  const videoId = await withTexts("t2", "t3");
  expect((await get(`/v1/videos/${videoId}/subtitles/${file}`)).status).toBe(status);
});

it("has nothing of another version, nor of no video", async () => {
  const videoId = await withTexts("t2");
  await env.DB.prepare("UPDATE videos SET version = 3 WHERE id = ?").bind(videoId).run();
  expect(await (await get(`/v1/videos/${videoId}/subtitles`)).json()).toEqual({ data: [] });
  expect((await get(`/v1/videos/${videoId}/subtitles/t2.vtt`)).status).toBe(404);
  expect((await get("/v1/videos/vid_01M83DNSH2Y3WJX8BTAD1AYYHF/subtitles")).status).toBe(404);
});
