import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo, seedVideo } from "#workers/testing/seed-video.ts";
import { toldEvents } from "#workers/testing/told-events.ts";
import type { Video } from "#workers/videos/contract.ts";
import { consumeErase } from "#workers/videos/erase.ts";

let token: string;
beforeAll(async () => {
  token = await insertApiKey("videos:read", "videos:write");
});

const clip = (videoId: string, json: object) => call("POST", `/v1/videos/${videoId}/clips`, { token, json });
const remove = (videoId: string) => call("DELETE", `/v1/videos/${videoId}`, { token });

async function made(videoId: string, startSeconds: number, endSeconds: number, title = "Part") {
  const answer = await clip(videoId, { startSeconds, endSeconds, title });
  expect(answer.status).toBe(201);
  const video = await answer.json<Video>();
  const [playback] = video.playbackIds;
  if (playback === undefined) throw new Error("no playback id");
  return { video, playbackId: playback.id };
}

const segments = (text: string) => text.split("\n").filter((line) => line.endsWith(".m4s"));
const stored = async (videoId: string) =>
  (await env.MEDIA.list({ prefix: `videos/${videoId}/` })).objects.length;

/** What the erase queue would be given now. */
async function eraseNow(videoId: string): Promise<void> {
  const body = { kind: "erase", videoId, scope: "video", outboxId: "msg_x" } as const;
  const message = {
    id: "1",
    timestamp: new Date(),
    body,
    attempts: 1,
    ack: () => undefined,
    retry: () => undefined,
  };
  const batch = {
    queue: "sluice-erase",
    messages: [message],
    ackAll: () => undefined,
    retryAll: () => undefined,
  };
  await consumeErase(batch as unknown as Parameters<typeof consumeErase>[0], env, createExecutionContext());
}

describe("a clip", () => {
  it("plays its part at once, in HLS and DASH, from the bytes of its video", async () => {
    const video = await seedSealedVideo(env);
    const { video: part, playbackId } = await made(video.videoId, 20, 41);
    expect(part).toMatchObject({
      ...{ title: "Part", durationSeconds: 21, status: { state: "ready", playable: true } },
      clip: { videoId: video.videoId, startSeconds: 20, endSeconds: 41 },
    });
    const isolate = new Location().isolate();
    const { root } = await isolate.open(playbackId);
    const playlist = (await isolate.fetch(`${root}/1-v720/index.m3u8`)).text;
    expect(segments(playlist)).toEqual(Array.from({ length: 11 }, (_, index) => `1/${10 + index}.m4s`));
    expect((await isolate.fetch(`${root}/1-v720/1/10.m4s`)).bytes).toEqual(video.segmentBytes("v720", 1, 10));
    expect((await isolate.fetch(`${root}/1-v720/1/9.m4s`)).status).toBe(404);
    expect((await isolate.fetch(`/p/${playbackId}/dash.mpd`)).text).toContain(
      'mediaPresentationDuration="PT21S"',
    );
  });

  it("is told of whole, as it can be read", async () => {
    const { videoId } = await seedSealedVideo(env);
    const json = { startSeconds: 1, endSeconds: 5, tags: ["a", "b"], metadata: { k: "v" } };
    const { id } = await (await clip(videoId, json)).json<Video>();
    const shown = await (await call("GET", `/v1/videos/${id}`, { token })).json<Video>();
    const playbackIds = shown.playbackIds.map((each) => ({ id: each.id }));
    expect(playbackIds).toHaveLength(1);
    const told = (await toldEvents()).filter(({ data }) => (data as { id?: string }).id === id);
    expect(told.map(({ type }) => type)).toEqual(["video.created", "video.ready"]);
    for (const { data } of told)
      expect(data).toMatchObject({
        id,
        tags: ["a", "b"],
        playbackIds,
        metadata: { k: "v" },
      });
  });

  it("is never more open than its video by itself: policy, rules, limits and times", async () => {
    const { videoId, playbackId } = await seedSealedVideo(env, { policy: "signed" });
    const restrictions = { allowedOrigins: ["app.example"] };
    const of = `/v1/videos/${videoId}/playback-ids/${playbackId}`;
    const limits = { maxHeight: 480, start: 2, end: 30 };
    expect((await call("PATCH", of, { token, json: { restrictions, limits } })).status).toBe(200);
    const availableFrom = "2040-01-01T00:00:00.000Z";
    const patch = { availableFrom, playback: { maxHeight: 720, start: 1 } };
    expect((await call("PATCH", `/v1/videos/${videoId}`, { token, json: patch })).status).toBe(200);
    const part = await (await clip(videoId, { startSeconds: 1, endSeconds: 5 })).json<Video>();
    expect(part).toMatchObject({ availableFrom, playback: { maxHeight: 720 } });
    expect(part.playback).not.toHaveProperty("start");
    expect(part.playbackIds).toMatchObject([{ policy: "signed", restrictions, limits: { maxHeight: 480 } }]);
    expect(part.playbackIds[0]?.limits).not.toHaveProperty("start");
    const open = await clip(videoId, { startSeconds: 1, endSeconds: 5, playbackPolicy: "public" });
    expect((await open.json<Video>()).playbackIds).toMatchObject([{ policy: "public", limits: {} }]);
    await env.DB.prepare("DELETE FROM playback_ids WHERE video_id = ?").bind(videoId).run();
    const alone = await (await clip(videoId, { startSeconds: 1, endSeconds: 5 })).json<Video>();
    expect(alone.playbackIds).toMatchObject([{ policy: "signed" }]);
  });

  it("is cut again in its own seconds, by another clip and by who watches", async () => {
    const video = await seedSealedVideo(env);
    const { video: part } = await made(video.videoId, 20, 40);
    const { video: inner, playbackId } = await made(part.id, 4, 12);
    expect(inner.clip).toEqual({ videoId: video.videoId, startSeconds: 24, endSeconds: 32 });
    const isolate = new Location().isolate();
    const { root } = await isolate.open(playbackId, "start=4&end=100");
    expect(segments((await isolate.fetch(`${root}/1-v720/index.m3u8`)).text)).toEqual(["2/7.m4s"]);
    expect((await isolate.fetch(`/p/${playbackId}/hls.m3u8?start=9`)).status).toBe(400);
  });

  it("has the captions of its video in its own time, and may have its own", async () => {
    const video = await seedSealedVideo(env);
    const put = (id: string, name: string, text: string) =>
      call("PUT", `/v1/videos/${id}/captions/${name}`, { token, body: text });
    await put(video.videoId, "en", "WEBVTT\n\n00:22.000 --> 00:23.000\nthere\n");
    const { video: part, playbackId } = await made(video.videoId, 20, 40);
    await put(part.id, "fr", "WEBVTT\n\n00:02.000 --> 00:03.000\nici\n");
    const inherited = await call("DELETE", `/v1/videos/${part.id}/captions/en`, { token });
    expect([inherited.status, (await inherited.json<{ code: string }>()).code]).toEqual([409, "conflict"]);
    const isolate = new Location().isolate();
    const { root } = await isolate.open(playbackId);
    for (const [name, text] of [
      ["en", "there"],
      ["fr", "ici"],
    ]) {
      const hls = (await isolate.fetch(`${root}/1-text/${name}/1.vtt`)).text;
      expect(hls).toContain(`00:00:22.000 --> 00:00:23.000\n${text}`);
      const dash = (await isolate.fetch(`${root}/1-text/${name}/1.period.vtt`)).text;
      expect(dash).toContain(`00:00:02.000 --> 00:00:03.000\n${text}`);
    }
  });

  it("has its part of thumbnails and storyboard", async () => {
    const video = await seedSealedVideo(env);
    const { thumbnails } = await video.addImages(6);
    const { playbackId } = await made(video.videoId, 20, 45);
    const isolate = new Location().isolate();
    expect((await isolate.fetch(`/p/${playbackId}/thumbnail.jpg`)).bytes).toEqual(thumbnails[2]);
    expect((await isolate.fetch(`/p/${playbackId}/thumbnail.jpg?time=12`)).bytes).toEqual(thumbnails[3]);
    const board = (await isolate.fetch(`/p/${playbackId}/storyboard.vtt`)).text;
    expect(board.match(/\d\d:\d\d:\d\d\.\d+ --> .*/g)).toEqual([
      "00:00:00.000 --> 00:00:10.000",
      "00:00:10.000 --> 00:00:20.000",
      "00:00:20.000 --> 00:00:30.000",
    ]);
    expect((await isolate.fetch(`/p/${playbackId}/preview.mp4`)).status).toBe(404);
  });

  it("goes on playing when its video is deleted, whose media goes with its last clip", async () => {
    const video = await seedSealedVideo(env);
    const [first, second] = [await made(video.videoId, 0, 8), await made(video.videoId, 8, 20)];
    expect((await remove(video.videoId)).status).toBe(204);
    await eraseNow(video.videoId);
    const isolate = new Location().isolate();
    const { root } = await isolate.open(second.playbackId);
    expect((await isolate.fetch(`${root}/1-v720/2/2.m4s`)).status).toBe(200);
    expect((await remove(first.video.id)).status).toBe(204);
    await eraseNow(video.videoId);
    expect(await stored(video.videoId)).toBeGreaterThan(0);
    expect((await remove(second.video.id)).status).toBe(204);
    const due = await env.DB.prepare(
      "SELECT count(*) AS rows FROM outbox WHERE queue = 'erase' AND body LIKE ?",
    )
      .bind(`%${video.videoId}%`)
      .first("rows");
    expect(due).toBeGreaterThan(0);
    await eraseNow(video.videoId);
    expect(await stored(video.videoId)).toBe(0);
    for (const table of ["versions", "chunks", "captions"]) {
      const rows = env.DB.prepare(`SELECT count(*) AS rows FROM ${table} WHERE video_id = ?`).bind(
        video.videoId,
      );
      expect(await rows.first("rows")).toBe(0);
    }
  });
});

it.each([
  [{ startSeconds: 10, endSeconds: 10 }, 422, "unprocessable"],
  [{ startSeconds: 0, endSeconds: 61 }, 422, "unprocessable"],
  [{ startSeconds: -1, endSeconds: 5 }, 422, "unprocessable"],
  [{ startSeconds: 1 }, 422, "unprocessable"],
])("refuses %j", async (json, status, code) => {
  const { videoId } = await seedSealedVideo(env);
  const answer = await clip(videoId, json);
  expect([answer.status, (await problemOf(answer)).code]).toEqual([status, code]);
});

it("waits for the end of a film that grows, and knows no clip of no video", async () => {
  const growing = await seedVideo(env);
  await growing.publish(0);
  const part = { startSeconds: 0, endSeconds: 2 };
  expect((await problemOf(await clip(growing.videoId, part))).code).toBe("notYetComplete");
  expect((await clip("vid_01M83DNSH2Y3WJX8BTAD1AYYHF", part)).status).toBe(404);
});
