// A sound in a file of its own, through the API: the real upload, database, bucket and board.
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import { fakeProbe, FakeRunner } from "#workers/testing/fake-runner.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo, seedVideo, type SeededVideo } from "#workers/testing/seed-video.ts";
import { noise } from "#workers/testing/tus-client.ts";
import { keepEvents, toldEvents } from "#workers/testing/told-events.ts";
import { expireUploads } from "#workers/uploads/expire.ts";
import type { AudioTrack } from "./contract.ts";

const runner = new FakeRunner();
const board = () => env.SCHEDULER.getByName("board");
let token: string;
let video: SeededVideo;

beforeAll(async () => {
  token = await insertApiKey("videos:read", "videos:write", "uploads:write");
});
beforeEach(async () => {
  video = await seedSealedVideo(env);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await board().cancel(video.videoId);
  await env.DB.prepare("DELETE FROM videos").run();
});

const dub = { language: "de", label: "Deutsch" };
const add = (json: object = {}) =>
  call("POST", "/v1/uploads", { token, json: { videoId: video.videoId, audioTrack: dub, ...json } });
const path = (track = "") => `/v1/videos/${video.videoId}/audio-tracks${track === "" ? "" : `/${track}`}`;

async function added(json: object = {}): Promise<{ readonly id: string; readonly url: string }> {
  const answer = await add(json);
  expect(answer.status).toBe(201);
  return answer.json();
}

const put = (url: string, size = 5_000) => call("PUT", new URL(url).pathname, { body: noise(size) });

async function list(): Promise<readonly AudioTrack[]> {
  const answer = await call("GET", path(), { token });
  return (await answer.json<{ data: readonly AudioTrack[] }>()).data;
}

const state = async (): Promise<unknown> =>
  env.DB.prepare("SELECT state FROM videos WHERE id = ?").bind(video.videoId).first("state");

let laterMs = 0;
const offered = async (): Promise<readonly string[]> => {
  const later = new Location();
  // What was known before is not known any more.
  later.nowMs += laterMs += 120_000;
  const { text } = await later.isolate().open(video.playbackId);
  return [...text.matchAll(/TYPE=AUDIO.*NAME="(.*?)"/g)].map(([, name = ""]) => name);
};

/** The queue may bring its message, or be slow. */
async function encoded(seconds = 60): Promise<void> {
  const { consumeTranscode } = await import("#workers/transcoding/consume.ts");
  const body = { kind: "transcode", videoId: video.videoId, version: 1, sound: "a1", outboxId: "msg_x" };
  const nothing = () => undefined;
  const message = { id: "1", timestamp: new Date(), body, attempts: 1, ack: nothing, retry: nothing };
  const batch = { queue: "sluice-transcode", messages: [message], ackAll: nothing, retryAll: nothing };
  await consumeTranscode(
    batch as unknown as Parameters<typeof consumeTranscode>[0],
    env,
    {} as ExecutionContext,
  );
  const probe = fakeProbe({ seconds, sound: true, picture: false });
  for (let task = await runner.claim(); task !== null; task = await runner.claim())
    await runner.work(task, probe);
}

describe("adding a sound", () => {
  it("takes its file, encodes it, offers it, and removes it again; the video plays on all the while", async () => {
    keepEvents();
    const { id, url } = await added();
    expect((await list()).at(-1)).toMatchObject({
      ...{
        id: "a1",
        language: "de",
        label: "Deutsch",
        state: "uploading",
        added: true,
        default: false,
        codec: null,
      },
    });
    expect((await put(url)).status).toBe(200);
    expect((await list()).at(-1)).toMatchObject({ id: "a1", state: "encoding" });
    const message = await env.DB.prepare(
      "SELECT body FROM outbox WHERE queue = 'transcode' AND body ->> '$.videoId' = ?",
    )
      .bind(video.videoId)
      .first<string>("body");
    if (message !== null) expect(JSON.parse(message)).toMatchObject({ version: 1, sound: "a1" });
    await encoded();
    expect((await list()).at(-1)).toMatchObject({ id: "a1", state: "ready", channels: 2, error: null });
    expect(await state()).toBe("ready");
    expect(await offered()).toEqual(["English", "Deutsch"]);
    expect((await call("GET", `/v1/uploads/${id}`, { token })).status).toBe(200);
    expect((await call("DELETE", path("a1"), { token })).status).toBe(204);
    expect((await call("DELETE", path("a1"), { token })).status).toBe(404);
    expect((await list()).map((track) => track.id)).toEqual(["a0"]);
    expect(await offered()).toEqual(["English"]);
    const told = (await toldEvents()).filter(({ type }) => type.startsWith("audioTrack."));
    expect(told.map(({ type, data }) => [type, "codec" in data ? data.codec : null])).toEqual([
      ["audioTrack.created", null],
      ["audioTrack.ready", "mp4a.40.2"],
      ["audioTrack.deleted", "mp4a.40.2"],
    ]);
    // No number is given twice.
    await added();
    expect((await list()).at(-1)).toMatchObject({ id: "a2", state: "uploading" });
  });

  it("gives each of many at once a track of its own", async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => add()));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    const ids = (await list()).map(({ id }) => id);
    expect(ids.toSorted()).toEqual(["a0", "a1", "a2", "a3", "a4", "a5"]);
    // A replacement is none of their business, nor they of its.
    const replacement = await call("POST", "/v1/uploads", {
      token,
      json: { videoId: video.videoId, replace: true },
    });
    expect(replacement.status).toBe(201);
    await added();
  });

  it.each([
    ["replace", { replace: true }],
    ["a title", { title: "x" }],
    ["no video", { videoId: undefined }],
    ["no language", { audioTrack: {} }],
    ["a language that is none", { audioTrack: { language: "deu tsch" } }],
    ["something more", { audioTrack: { ...dub, codec: "opus" } }],
  ])("with %s is refused", async (_what, json) => {
    expect((await add(json)).status).toBe(422);
    expect(await list()).toHaveLength(1);
  });

  it("is for videos that are encoded and ready, with room for a track", async () => {
    expect((await add({ videoId: "vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" })).status).toBe(404);
    const growing = await seedVideo(env);
    const refused = async (json?: object): Promise<string> => {
      const answer = await add(json);
      expect(answer.status).toBe(409);
      return (await answer.json<{ detail: string }>()).detail;
    };
    expect(await refused({ videoId: growing.videoId })).toContain("not ready");
    await env.DB.prepare("UPDATE versions SET kind = 'source' WHERE video_id = ?").bind(video.videoId).run();
    expect(await refused()).toContain("as it was uploaded");
    const full = Array.from({ length: 24 }, (_, index) => ({ ...video.formats[0], id: `v${index}` }));
    await env.DB.prepare("UPDATE versions SET kind = 'ladder', formats = ? WHERE video_id = ?")
      .bind(JSON.stringify(full), video.videoId)
      .run();
    expect(await refused()).toContain("24 tracks");
    await env.DB.prepare("UPDATE videos SET clip_of = ?1 WHERE id = ?1").bind(video.videoId).run();
    expect(await refused()).toContain("A clip");
  });
});

describe("a sound that comes to nothing", () => {
  it("when its upload is cancelled is not waited for any more, and the video plays on", async () => {
    keepEvents();
    const { id } = await added();
    expect((await call("DELETE", `/v1/uploads/${id}`, { token })).status).toBe(204);
    expect((await list()).map((track) => track.id)).toEqual(["a0"]);
    expect(await state()).toBe("ready");
    expect((await toldEvents()).map(({ type }) => type)).toContain("audioTrack.deleted");
  });

  it("when it is removed ends its upload", async () => {
    const { url } = await added();
    expect((await call("DELETE", path("a1"), { token })).status).toBe(204);
    expect((await put(url)).status).toBeGreaterThanOrEqual(400);
    expect(await list()).toHaveLength(1);
  });

  it("when it expires or is empty says so, and the video plays on", async () => {
    const { id } = await added();
    await env.DB.prepare("UPDATE uploads SET expires_at = 1 WHERE id = ?").bind(id).run();
    await env.UPLOADS.getByName(id).forget();
    await expireUploads(env, Date.now());
    expect((await list()).at(-1)).toMatchObject({ state: "failed", error: { code: "uploadExpired" } });
    const empty = await added({ sizeBytes: 0 });
    expect((await call("GET", `/v1/uploads/${empty.id}`, { token })).status).toBe(200);
    expect((await list()).at(-1)).toMatchObject({ state: "failed", error: { code: "emptyFile" } });
    expect(await state()).toBe("ready");
  });

  it("is the video's own never", async () => {
    expect((await call("DELETE", path("a0"), { token })).status).toBe(409);
    expect((await call("DELETE", path("a7"), { token })).status).toBe(404);
  });
});

it("goes with its video: no row, no object", async () => {
  const { url } = await added();
  await put(url);
  await encoded();
  expect((await call("DELETE", `/v1/videos/${video.videoId}`, { token })).status).toBe(204);
  const { consumeErase } = await import("#workers/videos/erase.ts");
  const body = { kind: "erase", videoId: video.videoId, scope: "video", outboxId: "msg_x" };
  const nothing = () => undefined;
  const message = { id: "1", timestamp: new Date(), body, attempts: 1, ack: nothing, retry: nothing };
  const batch = { queue: "sluice-erase", messages: [message], ackAll: nothing, retryAll: nothing };
  await consumeErase(batch as unknown as Parameters<typeof consumeErase>[0], env, {
    waitUntil: nothing,
  } as unknown as ExecutionContext);
  const rows = await env.DB.prepare("SELECT count(*) AS n FROM added_sounds WHERE video_id = ?")
    .bind(video.videoId)
    .first("n");
  expect(rows).toBe(0);
  for (const prefix of ["sources", "videos"])
    expect((await env.MEDIA.list({ prefix: `${prefix}/${video.videoId}/` })).objects).toEqual([]);
});
