// What was only to be played as it came is encoded after all.
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { OutboxMessage } from "#workers/outbox/outbox.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { fakeProbe, FakeRunner } from "#workers/testing/fake-runner.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { tinyFilm } from "#workers/testing/tiny-film.ts";
import type { Video } from "./contract.ts";

const film = tinyFilm([2, 2, 2]);
const probe = fakeProbe({ seconds: 6, sound: true, picture: true, width: 1280, height: 720 });
const key = "films/a.mp4";
const runner = new FakeRunner();
const board = () => env.SCHEDULER.getByName("board");

let token: string;
beforeAll(async () => {
  token = await insertApiKey("videos:read", "videos:write");
});
beforeEach(async () => {
  for (const queue of [env.TRANSCODE_QUEUE, env.TRANSCODE_PRIORITY_QUEUE]) {
    vi.spyOn(queue, "send").mockResolvedValue({
      metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
    });
  }
  await env.DB.prepare("DELETE FROM outbox").run();
  await env.MEDIA.put(key, film.bytes);
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function passedThrough(bytes: Uint8Array | string = film.bytes): Promise<Video> {
  await env.MEDIA.put(key, bytes);
  const json = { source: { objectKey: key }, encoding: "passthrough" };
  return (await call("POST", "/v1/videos", { token, json })).json();
}

const encode = (id: string, json: object = {}) => call("POST", `/v1/videos/${id}/encode`, { token, json });
const get = async (id: string): Promise<Video> => (await call("GET", `/v1/videos/${id}`, { token })).json();

async function messages(): Promise<readonly OutboxMessage[]> {
  const { results } = await env.DB.prepare("SELECT body FROM outbox WHERE queue <> 'event'").all<{
    body: string;
  }>();
  return results.map(({ body }) => JSON.parse(body) as OutboxMessage);
}

async function submit({ id }: Video): Promise<void> {
  await board().submit({ videoId: id, version: 1, sourceKey: key, sizeBytes: film.bytes.length });
}

describe("a video that was passed through", () => {
  it("is encoded beside its file, which plays all the while, and is ready again", async () => {
    const video = await passedThrough();
    const isolate = new Location().isolate();
    const playbackId = String(video.playbackIds[0]?.id);
    const { root, text } = await isolate.open(playbackId);
    const response = await encode(video.id, { encoding: "premium", priority: "low" });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({
      encoding: "premium",
      priority: "low",
      status: { state: "uploaded", playable: true, percent: 0, error: null },
      instantPlay: { state: "playable" },
    });
    expect(await messages()).toMatchObject([{ videoId: video.id, version: 1, priority: "low" }]);
    await submit(video);
    await runner.workAll(probe);
    expect((await get(video.id)).status).toMatchObject({ state: "ready", playable: true, percent: 100 });
    // Who began with the file goes on with it; who comes now gets the ladder.
    const track = /\/(0-\w+)\/index\.m3u8/.exec(text)?.[1];
    expect((await isolate.fetch(`${root}/${track}/1/0.m4s`)).status).toBe(200);
    const later = new Location();
    later.nowMs += 120_000;
    expect((await later.isolate().open(playbackId)).text).toMatch(/\/1-v\d+\/index\.m3u8/);
  });

  it("is told of its ladder before that is there, as after an upload", async () => {
    const video = await passedThrough();
    await encode(video.id);
    const { results } = await env.DB.prepare(
      "SELECT version, kind, state, json_array_length(formats) > 1 AS told FROM versions WHERE video_id = ? ORDER BY version",
    )
      .bind(video.id)
      .all();
    expect(results).toEqual([
      { version: 0, kind: "source", state: "sealed", told: 1 },
      { version: 1, kind: "ladder", state: "encoding", told: 1 },
    ]);
  });

  it("goes on playing when that encode fails, and says both", async () => {
    const video = await passedThrough();
    await encode(video.id);
    await submit(video);
    await runner.fail(await runner.mustClaim(), "source", "unreadable");
    expect((await get(video.id)).status).toMatchObject({
      state: "error",
      playable: true,
      error: { code: "unreadable" },
    });
    const manifest = await new Location().isolate().fetch(`/p/${video.playbackIds[0]?.id}/hls.m3u8`);
    expect(manifest.status).toBe(200);
    await board().cancel(video.id);
  });

  it("is encoded once, whoever asks at the same time", async () => {
    const video = await passedThrough();
    const wishes = ["standard", "mobile", "premium"];
    const answers = await Promise.all(wishes.map((encoding) => encode(video.id, { encoding })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([202, 409, 409]);
    const taken = wishes[answers.findIndex(({ status }) => status === 202)];
    expect((await get(video.id)).encoding).toBe(taken);
    expect(await messages()).toHaveLength(1);
  });
});

it("a video whose file turned out not to suit it is encoded, and no longer in error", async () => {
  const video = await passedThrough("no film at all");
  expect(video.status.error?.code).toBe("passthroughUnfit");
  const response = await encode(video.id);
  expect(await response.json()).toMatchObject({
    status: { state: "uploaded", playable: false, error: null },
    instantPlay: { state: "waiting" },
  });
  await submit(video);
  await runner.workAll(probe);
  expect((await get(video.id)).status).toMatchObject({ state: "ready", playable: true, error: null });
});

describe("refused:", () => {
  const refusal = async (id: string, json: object = {}) => {
    const response = await encode(id, json);
    return [response.status, (await problemOf(response)).code];
  };

  it("a video that there is not, or whose file has not arrived", async () => {
    expect(await refusal("vid_nope")).toEqual([404, "notFound"]);
    const json = { encoding: "passthrough" };
    const video = await (await call("POST", "/v1/videos", { token, json })).json<Video>();
    expect(await refusal(video.id)).toEqual([409, "conflict"]);
  });

  it("a video that is encoded, or will be", async () => {
    const json = { source: { objectKey: key } };
    const video = await (await call("POST", "/v1/videos", { token, json })).json<Video>();
    expect(await refusal(video.id)).toEqual([409, "conflict"]);
    const changed = await get(video.id);
    expect([changed.status.state, changed.encoding]).toEqual(["uploaded", "standard"]);
  });

  it.each([
    ["gone", () => env.MEDIA.delete(key)],
    ["another one", () => env.MEDIA.put(key, "another film")],
  ])("a video whose file is %s", async (_, change) => {
    const video = await passedThrough();
    await change();
    expect(await refusal(video.id)).toEqual([410, "gone"]);
    expect((await get(video.id)).status.state).toBe("ready");
  });

  it.each<[object, string]>([
    [{ encoding: "passthrough" }, "unprocessable"],
    [{ encoding: "best" }, "unprocessable"],
    [{ encoding: null }, "unprocessable"],
    [{ priority: "urgent" }, "unprocessable"],
    [{ version: 3 }, "unprocessable"],
    [{ encoding: "enc_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" }, "encodingProfileUnknown"],
  ])("%j", async (json, code) => {
    const video = await passedThrough();
    expect(await refusal(video.id, json)).toEqual([422, code]);
    expect((await get(video.id)).status.state).toBe("ready");
    expect(await messages()).toEqual([]);
  });
});
