import { env } from "cloudflare:workers";
import { beforeAll, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";
import { keepEvents, toldEvents } from "#workers/testing/told-events.ts";
import type { Video } from "#workers/videos/contract.ts";

let token: string;
beforeAll(async () => {
  token = await insertApiKey("videos:read", "videos:write");
});

const chapters = [
  { startSeconds: 0, title: "Opening <1>" },
  { startSeconds: 20.5, title: "Middle" },
  { startSeconds: 40, title: "End" },
];
const put = (videoId: string, language: string, list: unknown) =>
  call("PUT", `/v1/videos/${videoId}/chapters/${language}`, { token, json: { chapters: list } });

it("gives players the chapters: WebVTT by language, and Apple's JSON of all languages under a session", async () => {
  const video = await seedSealedVideo(env);
  expect((await put(video.videoId, "en", chapters)).status).toBe(200);
  expect((await put(video.videoId, "fr", [{ startSeconds: 0, title: "Ouverture" }])).status).toBe(200);
  const isolate = new Location().isolate();
  const { text, root } = await isolate.open(video.playbackId);
  const [, uri] = /DATA-ID="com\.apple\.hls\.chapters",URI="(.*)"/.exec(text) ?? [];
  expect(`/p/${video.playbackId}/${uri}`).toBe(`${root}/chapters.json`);
  expect(JSON.parse((await isolate.fetch(`${root}/chapters.json`)).text)).toEqual([
    {
      ...{ chapter: 1, "start-time": 0, duration: 20.5 },
      titles: [
        { language: "en", title: "Opening <1>" },
        { language: "fr", title: "Ouverture" },
      ],
    },
    { chapter: 2, "start-time": 20.5, duration: 19.5, titles: [{ language: "en", title: "Middle" }] },
    { chapter: 3, "start-time": 40, duration: 20, titles: [{ language: "en", title: "End" }] },
  ]);
  expect((await isolate.fetch(`/p/${video.playbackId}/chapters.vtt`)).text).toBe(
    "WEBVTT\n\n00:00:00.000 --> 00:00:20.500\nOpening &lt;1&gt;\n\n" +
      "00:00:20.500 --> 00:00:40.000\nMiddle\n\n00:00:40.000 --> 00:01:00.000\nEnd\n",
  );
  const french = await isolate.fetch(`/p/${video.playbackId}/chapters.vtt?language=fr`);
  expect(french.text).toContain("Ouverture");
  expect((await isolate.fetch(`/p/${video.playbackId}/chapters.vtt?language=fi`)).status).toBe(404);
});

it("gives a clip those that fall into it, in its own time", async () => {
  const video = await seedSealedVideo(env);
  await put(video.videoId, "en", chapters);
  const json = { startSeconds: 10, endSeconds: 30 };
  const clip = await (await call("POST", `/v1/videos/${video.videoId}/clips`, { token, json })).json<Video>();
  const text = (await new Location().isolate().fetch(`/p/${clip.playbackIds[0]?.id}/chapters.vtt`)).text;
  expect(text).toBe(
    "WEBVTT\n\n00:00:00.000 --> 00:00:10.500\nOpening &lt;1&gt;\n\n00:00:10.500 --> 00:00:20.000\nMiddle\n",
  );
});

it.each([
  [[], "en", 422],
  [[chapters[1], chapters[0]], "en", 422],
  [[{ startSeconds: 0, title: "two\nlines" }], "en", 422],
  [chapters, "no language", 400],
])("refuses %j in %s", async (list, language, status) => {
  const { videoId } = await seedSealedVideo(env);
  expect((await put(videoId, encodeURIComponent(language), list)).status).toBe(status);
});

it("are gone once they are deleted, and were never there of no video", async () => {
  const { videoId, playbackId } = await seedSealedVideo(env);
  await put(videoId, "en", chapters);
  expect((await call("DELETE", `/v1/videos/${videoId}/chapters/en`, { token })).status).toBe(204);
  expect((await new Location().isolate().fetch(`/p/${playbackId}/chapters.vtt`)).status).toBe(404);
  expect((await put("vid_01M83DNSH2Y3WJX8BTAD1AYYHF", "en", chapters)).status).toBe(404);
});

it("tells of chapters that are set, with all of them, and that are deleted, as they were", async () => {
  keepEvents();
  const { videoId } = await seedSealedVideo(env);
  await put(videoId, "EN", chapters);
  const gone = () => call("DELETE", `/v1/videos/${videoId}/chapters/en`, { token });
  expect([(await gone()).status, (await gone()).status]).toEqual([204, 404]);
  const told = (await toldEvents()).filter(
    ({ type, data }) => type.startsWith("chapters.") && "videoId" in data && data.videoId === videoId,
  );
  const data = { videoId, language: "en", chapters };
  expect(told).toMatchObject([
    { type: "chapters.updated", data },
    { type: "chapters.deleted", data },
  ]);
  vi.restoreAllMocks();
});
