// Objects that are in the bucket already, the owner's own: played and encoded from where they are, and never touched.
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { consume } from "#workers/outbox/consume.ts";
import { sweepOutbox, type OutboxMessage } from "#workers/outbox/outbox.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { fakeProbe, FakeRunner } from "#workers/testing/fake-runner.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { tinyFilm } from "#workers/testing/tiny-film.ts";
import { failVideo } from "#workers/transcoding/fail-video.ts";
import type { Video, VideoDetail } from "./contract.ts";

const film = tinyFilm([2, 2, 2]);
const key = "films/2026/launch final ü.mov";
const name = "launch final ü.mov";

let token: string;
beforeAll(async () => {
  token = await insertApiKey("videos:read", "videos:write");
});
beforeEach(async () => {
  for (const queue of [env.TRANSCODE_QUEUE, env.TRANSCODE_PRIORITY_QUEUE, env.ERASE_QUEUE]) {
    vi.spyOn(queue, "send").mockResolvedValue({
      metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
    });
  }
  await env.DB.batch(["videos", "outbox"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  const { objects } = await env.MEDIA.list();
  if (objects.length > 0) await env.MEDIA.delete(objects.map((object) => object.key));
  await env.MEDIA.put(key, film.bytes);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const post = (json: object) => call("POST", "/v1/videos", { token, json });

async function register(json: object = {}): Promise<Video> {
  const response = await post({ source: { objectKey: key }, ...json });
  expect(response.status).toBe(201);
  return response.json();
}

async function get(id: string): Promise<VideoDetail> {
  return (await call("GET", `/v1/videos/${id}`, { token })).json();
}

async function outbox(): Promise<readonly OutboxMessage[]> {
  const { results } = await env.DB.prepare("SELECT body FROM outbox WHERE queue <> 'event' ORDER BY id").all<{
    body: string;
  }>();
  return results.map(({ body }) => JSON.parse(body) as OutboxMessage);
}

async function deliver(queue: string, body: OutboxMessage) {
  const batch = createMessageBatch<OutboxMessage>(queue, [
    { id: "m", timestamp: new Date(), attempts: 1, body },
  ]);
  const ctx = createExecutionContext();
  await consume(batch, env, ctx);
  expect((await getQueueResult(batch, ctx)).explicitAcks).toEqual(["m"]);
}

const keys = async (prefix = "") => (await env.MEDIA.list({ prefix })).objects.map((object) => object.key);

async function untouched(): Promise<void> {
  const object = await env.MEDIA.get(key);
  expect(object && new Uint8Array(await object.arrayBuffer())).toEqual(film.bytes);
}

describe("a registered object that suits players", () => {
  it("plays at once, without a copy, and waits for its encode with one message", async () => {
    const video = await register({ title: "Launch", tags: ["a"], encoding: "mobile", priority: "high" });
    expect(video).toMatchObject({
      title: "Launch",
      tags: ["a"],
      encoding: "mobile",
      priority: "high",
      status: { state: "uploaded", playable: true, error: null },
      instantPlay: { state: "playable" },
      durationSeconds: 6.016,
      source: { name, sizeBytes: film.bytes.length, objectKey: key },
    });
    expect(await outbox()).toMatchObject([
      { kind: "transcode", videoId: video.id, version: 1, priority: "high" },
    ]);
    expect(await keys("sources/")).toEqual([]);
    await untouched();
    const location = new Location();
    const isolate = location.isolate();
    const { root, text } = await isolate.open(String(video.playbackIds[0]?.id));
    const track = /\/(0-\w+)\/index\.m3u8/.exec(text)?.[1];
    const segment = await isolate.fetch(`${root}/${track}/1/0.m4s`);
    expect([segment.status, location.reads.includes(key)]).toEqual([200, true]);
  });

  it("is titled by its file's name where no title is given", async () => {
    expect((await register()).title).toBe(name);
  });

  it("to be passed through is ready, and no message is sent", async () => {
    const video = await register({ encoding: "passthrough" });
    expect(video.status).toEqual({ state: "ready", playable: true, percent: 100, error: null });
    expect(await outbox()).toEqual([]);
  });

  it("makes two videos when it is registered twice; one goes without the other", async () => {
    const [one, other] = [await register(), await register()];
    expect(one.id).not.toBe(other.id);
    expect((await call("DELETE", `/v1/videos/${one.id}`, { token })).status).toBe(204);
    for (const message of await outbox()) {
      if (message.kind === "erase" && message.videoId === one.id) await deliver("sluice-erase", message);
    }
    expect(await keys(`videos/${one.id}/`)).toEqual([]);
    expect(await keys(`videos/${other.id}/`)).not.toEqual([]);
    expect((await get(other.id)).status.playable).toBe(true);
    await untouched();
  });

  it("is what its runners are given", async () => {
    const video = await register();
    const [message] = await outbox();
    if (message === undefined) throw new Error("a message");
    await deliver("sluice-transcode", message);
    const runner = new FakeRunner();
    const task = await runner.mustClaim();
    if (task.work.kind !== "probe") throw new Error("the first task is a probe");
    const bytes = await (await exports.default.fetch(task.work.source.url)).arrayBuffer();
    expect(new Uint8Array(bytes)).toEqual(film.bytes);
    expect((await get(video.id)).status).toMatchObject({
      etaSeconds: null,
      tasks: { total: 1, running: 1, waiting: 0, done: 0, dead: 0 },
    });
    await runner.work(task, fakeProbe({ seconds: 6, sound: true, picture: true }));
    const { status } = await get(video.id);
    expect([status.state, status.playable, (status.tasks?.total ?? 0) > 1]).toEqual([
      "processing",
      true,
      true,
    ]);
    await env.SCHEDULER.getByName("board").cancel(video.id);
  });
});

describe("a registered object that does not suit players", () => {
  beforeEach(() => env.MEDIA.put(key, "This is no film at all."));

  it("waits for its first rendition, and says why", async () => {
    const video = await register();
    expect(video.status).toMatchObject({ state: "uploaded", playable: false });
    expect(video.instantPlay).toMatchObject({
      state: "waiting",
      reason: { code: "containerNotSupported", message: expect.stringMatching(/./) as unknown },
    });
    expect(await outbox()).toMatchObject([{ kind: "transcode" }]);
  });

  it("to be passed through fails with that reason, and is kept", async () => {
    const video = await register({ encoding: "passthrough" });
    expect(video.status).toMatchObject({
      state: "error",
      playable: false,
      error: {
        code: "passthroughUnfit",
        message: expect.stringContaining("can't be played as it is") as unknown,
      },
    });
    expect(video.instantPlay).toMatchObject({ state: "waiting", reason: { code: "containerNotSupported" } });
    expect(await outbox()).toEqual([]);
    expect(await keys()).toEqual([key]);
  });
});

describe("the owner's object is there", () => {
  it("after its video was deleted, and erased a second time", async () => {
    const video = await register();
    await env.MEDIA.put(`videos/${video.id}/1/v720/init.mp4`, "x");
    expect((await call("DELETE", `/v1/videos/${video.id}`, { token })).status).toBe(204);
    const erase = (await outbox()).filter((message) => message.kind === "erase");
    expect(erase).toHaveLength(2);
    for (const message of erase) await deliver("sluice-erase", message);
    expect(await keys()).toEqual([key]);
    await untouched();
  });

  it.each([0, 1_000])(
    "after its encode failed and what is left of it was erased (kept for %i ms)",
    async (ms) => {
      const video = await register();
      const [message] = await outbox();
      if (message === undefined) throw new Error("a message");
      await deliver("sluice-transcode", message);
      await env.SCHEDULER.getByName("board").cancel(video.id);
      const name = { videoId: video.id, version: 1 };
      await env.DB.prepare("UPDATE videos SET playable = 0 WHERE id = ?").bind(video.id).run();
      await env.DB.prepare("DELETE FROM versions WHERE video_id = ?").bind(video.id).run();
      await failVideo(env, name, { code: "encodeFailed", message: "x" }, Date.now(), { keptMs: ms });
      for (const each of await outbox()) if (each.kind === "erase") await deliver("sluice-erase", each);
      expect(await keys()).toEqual([key]);
      await untouched();
    },
  );

  it.each([
    ["gone", () => env.MEDIA.delete(key)],
    ["another one", () => env.MEDIA.put(key, film.bytes.toReversed())],
  ])("and when it is %s, its video says so instead of being encoded", async (_, change) => {
    const video = await register();
    await change();
    const [message] = await outbox();
    if (message === undefined) throw new Error("a message");
    await deliver("sluice-transcode", message);
    expect((await get(video.id)).status).toMatchObject({ state: "error", error: { code: "sourceMissing" } });
  });
});

describe("a registration that ends half-way", () => {
  it("leaves no video, and what it stored goes by itself", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const batch = vi.spyOn(env.DB, "batch").mockRejectedValueOnce(new Error("down"));
    expect((await post({ source: { objectKey: key } })).status).toBe(500);
    batch.mockRestore();
    expect(await env.DB.prepare("SELECT count(*) AS n FROM videos").first("n")).toBe(0);
    const [orphans, messages] = [await keys("videos/"), await outbox()];
    expect([orphans.length > 0, messages.map(({ kind }) => kind)]).toEqual([true, ["erase"]]);
    expect(await sweepOutbox(env, Date.now() + 3_500_000)).toBe(0);
    expect(await sweepOutbox(env, Date.now() + 3_700_000)).toBe(1);
    for (const message of messages) await deliver("sluice-erase", message);
    expect(await keys()).toEqual([key]);
  });
});

describe("refused:", () => {
  it.each<[string, object, string]>([
    ["an object there is not", { source: { objectKey: "films/nope.mp4" } }, "sourceObjectMissing"],
    ["a key in another case", { source: { objectKey: key.toUpperCase() } }, "sourceObjectMissing"],
    ["an empty object", { source: { objectKey: "empty.mp4" } }, "sourceObjectEmpty"],
    [
      "a profile there is not",
      { source: { objectKey: key }, encoding: "enc_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" },
      "encodingProfileUnknown",
    ],
    ["that, without an object", { encoding: "enc_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" }, "encodingProfileUnknown"],
  ])("%s", async (_, json, code) => {
    await env.MEDIA.put("empty.mp4", "");
    const response = await post(json);
    expect([response.status, (await problemOf(response)).code]).toEqual([422, code]);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM videos").first("n")).toBe(0);
    expect(await outbox()).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      "another video's media",
      { source: { objectKey: "videos/vid_1/1/v720/init.mp4" } },
      "#/source/objectKey",
    ],
    ["another video's upload", { source: { objectKey: "sources/vid_1/original" } }, "#/source/objectKey"],
    ["a live stream's media", { source: { objectKey: "live/liv_1/0/v720/0.m4s" } }, "#/source/objectKey"],
    ["a way around that", { source: { objectKey: "x/../videos/vid_1/1/a" } }, "#/source/objectKey"],
    ["no key", { source: { objectKey: "" } }, "#/source/objectKey"],
    ["a key of 1,025 bytes", { source: { objectKey: "é".repeat(512) + "x" } }, "#/source/objectKey"],
    ["a megabyte of key", { source: { objectKey: "x".repeat(900_000) } }, "#/source/objectKey"],
    ["a key that is a list", { source: { objectKey: [key] } }, "#/source/objectKey"],
    ["a source that is null", { source: null }, "#/source"],
    ["a source that says nothing", { source: {} }, "#/source/objectKey"],
    ["a URL", { source: { objectKey: key, url: "https://a.test/" } }, "#/source/url"],
    ["an encoding there is not", { source: { objectKey: key }, encoding: "best" }, "#/encoding"],
    ["an encoding of another type", { source: { objectKey: key }, encoding: 7 }, "#/encoding"],
    ["a name that every object has", { source: { objectKey: key }, encoding: "constructor" }, "#/encoding"],
    ["a priority there is not", { source: { objectKey: key }, priority: "urgent" }, "#/priority"],
  ])("%s", async (_, json, pointer) => {
    const response = await post(json);
    expect(response.status).toBe(422);
    const problem = await problemOf(response);
    expect([problem.code, problem.errors?.map((error) => error.pointer)]).toEqual([
      "unprocessable",
      [pointer],
    ]);
  });
});
