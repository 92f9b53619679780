// What an owner decides about playback, through the API and as the edge path reads it.
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { playbackIdHash } from "#workers/access/credential-hash.ts";
import { playbackRecords, type PlaybackRecord } from "#workers/playback/record.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";
import type { Video } from "./contract.ts";
import type { PlaybackId } from "./playback-id-contract.ts";

let token: string;
beforeAll(async () => {
  token = await insertApiKey("videos:read", "videos:write", "uploads:write");
});
beforeEach(async () => {
  await env.DB.prepare("DELETE FROM videos").run();
});

async function create(json: unknown = {}): Promise<Video> {
  const response = await call("POST", "/v1/videos", { token, json });
  expect(response.status).toBe(201);
  return response.json();
}

async function patched(path: string, json: unknown): Promise<Response> {
  const response = await call("PATCH", path, { token, json });
  expect(response.status).toBe(200);
  return response;
}

const idPath = (video: Video, id = video.playbackIds[0]?.id) => `/v1/videos/${video.id}/playback-ids/${id}`;

async function get(id: string): Promise<Video> {
  return (await call("GET", `/v1/videos/${id}`, { token })).json();
}

async function pointersOf(response: Response): Promise<readonly string[] | undefined> {
  expect(response.status).toBe(422);
  return (await problemOf(response)).errors?.map(({ pointer }) => pointer);
}

async function recordOf(playbackId: string | undefined): Promise<PlaybackRecord | null> {
  const records = playbackRecords();
  return records.find(String(playbackId), env, createExecutionContext(), Date.now());
}

/** Playback ids whose sessions were ended since the last time. */
async function endedSince(sequence: number): Promise<readonly string[]> {
  const entries = await env.REVOCATIONS.getByName("all").list(null, 100);
  return entries
    .filter((entry) => entry.sequence > sequence && entry.kind === "policy")
    .map(({ hash }) => hash.join());
}

async function lastSequence(): Promise<number> {
  const [last] = await env.REVOCATIONS.getByName("all").list(null, 1);
  return last?.sequence ?? 0;
}

describe("a video's own settings", () => {
  const settings = {
    tags: ["course-7", "draft"],
    availableFrom: "2026-12-01T18:00:00+01:00",
    availableUntil: "2027-01-01T00:00:00Z",
    playback: { maxHeight: 720, order: "descending", audioLanguages: ["DE", "en-us"], start: 1.5 },
  };
  const shown = {
    tags: ["course-7", "draft"],
    availableFrom: "2026-12-01T17:00:00.000Z",
    availableUntil: "2027-01-01T00:00:00.000Z",
    playback: { maxHeight: 720, order: "descending", audioLanguages: ["de", "en-US"], start: 1.5 },
  };

  it("are shown as they were given, in one spelling, and reach the edge", async () => {
    const video = await create(settings);
    expect(video).toMatchObject(shown);
    expect(await get(video.id)).toMatchObject(video);
    expect((await recordOf(video.playbackIds[0]?.id))?.access).toEqual({
      restrictions: {},
      limits: { maxHeight: 720, order: "descending", audioLanguages: ["de", "en-US"], startSeconds: 1.5 },
      streamLimit: null,
      availableFromMs: Date.parse(shown.availableFrom),
      availableUntilMs: Date.parse(shown.availableUntil),
      termsVersion: 0,
      downloads: false,
    });
  });

  it("are taken by an upload that makes its video", async () => {
    const response = await call("POST", "/v1/uploads", { token, json: { sizeBytes: 5, ...settings } });
    const { videoId } = await response.json<{ videoId: string }>();
    expect(await get(videoId)).toMatchObject(shown);
  });

  it("are taken by a tus upload, as JSON in its metadata", async () => {
    const encoded = Object.entries(settings).map(
      ([name, value]) => `${name} ${btoa(typeof value === "string" ? value : JSON.stringify(value))}`,
    );
    const response = await call("POST", "/v1/uploads/tus", {
      token,
      headers: { "Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": encoded.join(",") },
    });
    expect(response.status).toBe(201);
    expect(await get(String(response.headers.get("Sluice-Video-Id")))).toMatchObject(shown);
  });

  it("are replaced one by one, each as a whole, and taken away by what is empty", async () => {
    const video = await create(settings);
    const path = `/v1/videos/${video.id}`;
    const retagged = await (
      await patched(path, { tags: ["final"], playback: { minHeight: 360 } })
    ).json<Video>();
    expect(retagged).toEqual({
      ...video,
      tags: ["final"],
      playback: { minHeight: 360 },
      updatedAt: retagged.updatedAt,
    });
    const opened = { tags: [], availableFrom: null, availableUntil: null, playback: {} };
    expect(await (await patched(path, opened)).json<Video>()).toMatchObject(opened);
    expect(await get(video.id)).toMatchObject({
      ...opened,
      title: video.title,
      playbackIds: video.playbackIds,
    });
  });

  it.each([
    ["a tag twice", { tags: ["a", "a"] }, "#/tags"],
    ["21 tags", { tags: Array.from({ length: 21 }, (_, i) => `t${i}`) }, "#/tags"],
    ["a tag that is too long", { tags: ["x".repeat(65)] }, "#/tags/0"],
    ["a tag of nothing", { tags: [" "] }, "#/tags/0"],
    ["a time without a zone", { availableFrom: "2026-12-01T18:00:00" }, "#/availableFrom"],
    [
      "a window that never opens",
      { availableFrom: "2026-12-01T18:00:00Z", availableUntil: "2026-12-01T18:00:00Z" },
      "#/availableUntil",
    ],
    ["a limit there is not", { playback: { maxheight: 720 } }, "#/playback/maxheight"],
    ["limits that contradict each other", { playback: { start: 9, end: 3 } }, "#/playback/end"],
    ["a language that is none", { playback: { audioLanguages: ["german!"] } }, "#/playback/audioLanguages/0"],
  ])("are refused with %s", async (_, json, pointer) => {
    expect(await pointersOf(await call("POST", "/v1/videos", { token, json }))).toEqual([pointer]);
    const { id } = await create();
    expect(await pointersOf(await call("PATCH", `/v1/videos/${id}`, { token, json }))).toEqual([pointer]);
  });

  it("are refused when half a window closes the half that is there", async () => {
    const { id } = await create({ availableFrom: "2026-12-01T18:00:00Z" });
    const json = { availableUntil: "2026-12-01T17:00:00Z" };
    expect(await pointersOf(await call("PATCH", `/v1/videos/${id}`, { token, json }))).toEqual([
      "#/availableUntil",
    ]);
    expect((await get(id)).availableUntil).toBeNull();
  });
});

describe("tags", () => {
  it("find their videos, page by page", async () => {
    const [a, b] = [await create({ tags: ["x", "y"] }), await create({ tags: ["x"] })];
    await create({ tags: ["xx"] });
    const page = async (query: string) =>
      (await call("GET", `/v1/videos?${query}`, { token })).json<{
        data: Video[];
        nextCursor: string | null;
      }>();
    expect((await page("tag=x")).data).toEqual([b, a]);
    expect((await page("tag=y")).data).toEqual([a]);
    expect((await page("tag=none")).data).toEqual([]);
    const first = await page("tag=x&limit=1");
    expect((await page(`tag=x&limit=1&cursor=${first.nextCursor}`)).data).toEqual([a]);
    const other = await call("GET", `/v1/videos?tag=y&cursor=${first.nextCursor}`, { token });
    expect((await problemOf(other)).code).toBe("invalidCursor");
  });

  it("go with their video", async () => {
    const { id } = await create({ tags: ["x"] });
    expect((await call("DELETE", `/v1/videos/${id}`, { token })).status).toBe(204);
    const left = await env.DB.prepare("SELECT count(*) AS n FROM video_tags").first<{ n: number }>();
    expect(left?.n).toBe(0);
  });
});

describe("the rules of a playback id", () => {
  const rules = {
    restrictions: {
      rules: [
        { action: "allow", type: "ip", ips: ["203.0.113.0/24", "2001:db8::/32"] },
        { action: "block", type: "country", countries: ["KP"] },
      ],
      allowedOrigins: ["App.Example.com:443", "*.bücher.example"],
      allowNoOrigin: false,
    },
    limits: { maxHeight: 480, codecs: ["avc1"] },
    streams: { max: 2 },
  };
  const kept = {
    restrictions: { ...rules.restrictions, allowedOrigins: ["app.example.com", "*.xn--bcher-kva.example"] },
    limits: rules.limits,
    streams: { max: 2, action: "evictOldest" },
  };

  it("are shown, and reach the edge together with the video's", async () => {
    const video = await create({ playback: { maxHeight: 1080, minHeight: 240 } });
    const response = await call("POST", `/v1/videos/${video.id}/playback-ids`, {
      token,
      json: { policy: "signed", ...rules },
    });
    expect(response.status).toBe(201);
    const made = await response.json<PlaybackId>();
    expect(made).toMatchObject({ policy: "signed", ...kept });
    expect((await get(video.id)).playbackIds).toEqual([...video.playbackIds, made]);
    expect((await recordOf(made.id))?.access).toMatchObject({
      restrictions: kept.restrictions,
      limits: { maxHeight: 480, minHeight: 240, codecs: ["avc1"] },
      streamLimit: { maxStreams: 2, action: "evictOldest" },
    });
    expect((await recordOf(video.playbackIds[0]?.id))?.access.limits).toEqual({
      maxHeight: 1080,
      minHeight: 240,
    });
  });

  it("are changed one by one, each as a whole", async () => {
    const video = await create();
    const [before] = video.playbackIds;
    const path = idPath(video);
    expect(await (await patched(path, rules)).json()).toEqual({ ...before, ...kept });
    const narrowed = { restrictions: { rules: [{ action: "block", type: "any" }] } };
    expect(await (await patched(path, narrowed)).json()).toEqual({ ...before, ...kept, ...narrowed });
    expect(await (await patched(path, { policy: "signed", limits: {} })).json()).toEqual({
      ...before,
      ...kept,
      ...narrowed,
      policy: "signed",
      limits: {},
    });
    const opened = { policy: "public", restrictions: {}, streams: null };
    expect(await (await patched(path, opened)).json()).toEqual(before);
    expect((await get(video.id)).playbackIds).toEqual([before]);
  });

  it("of which two are changed at once, both are", async () => {
    const video = await create();
    await Promise.all([
      patched(idPath(video), { limits: rules.limits }),
      patched(idPath(video), { streams: rules.streams }),
    ]);
    expect((await get(video.id)).playbackIds[0]).toMatchObject({
      limits: kept.limits,
      streams: kept.streams,
    });
  });

  it.each([
    ["nothing to change", {}, "#"],
    [
      "an address that is none",
      { restrictions: { rules: [{ action: "block", type: "ip", ips: ["10.0.0"] }] } },
      "#/restrictions/rules/0/ips/0",
    ],
    [
      "a country of another spelling",
      { restrictions: { rules: [{ action: "block", type: "country", countries: ["de"] }] } },
      "#/restrictions/rules/0/countries/0",
    ],
    [
      "a rule of another type",
      { restrictions: { rules: [{ action: "block", type: "city" }] } },
      "#/restrictions/rules/0/type",
    ],
    [
      "the list of another rule",
      { restrictions: { rules: [{ action: "block", type: "any", ips: ["::1"] }] } },
      "#/restrictions/rules/0/ips",
    ],
    [
      "a URL for a host",
      { restrictions: { allowedOrigins: ["https://a.example"] } },
      "#/restrictions/allowedOrigins/0",
    ],
    ["no host at all", { restrictions: { allowedOrigins: [] } }, "#/restrictions/allowedOrigins"],
    ["no stream at all", { streams: { max: 0 } }, "#/streams/max"],
    ["more streams than a session can name", { streams: { max: 256 } }, "#/streams/max"],
    ["a policy there is not", { policy: "secret" }, "#/policy"],
    ["a floor above the cap", { limits: { minHeight: 721, maxHeight: 720 } }, "#/limits/minHeight"],
  ])("are refused with %s", async (_, json, pointer) => {
    const video = await create();
    expect(await pointersOf(await call("PATCH", idPath(video), { token, json }))).toEqual([pointer]);
    expect((await get(video.id)).playbackIds).toEqual(video.playbackIds);
  });

  it("can't be changed through another video", async () => {
    const [mine, other] = [await create(), await create()];
    const path = idPath(other, mine.playbackIds[0]?.id);
    const response = await call("PATCH", path, { token, json: { policy: "signed" } });
    expect([response.status, (await problemOf(response)).code]).toEqual([404, "notFound"]);
    expect((await get(mine.id)).playbackIds).toEqual(mine.playbackIds);
  });

  it("of a deployment limit the streams of ids that have no limit of their own", async () => {
    const video = await create();
    const limited = { ...env, DEFAULT_MAX_STREAMS: "3" };
    const find = (id: string | undefined) =>
      playbackRecords().find(String(id), limited, createExecutionContext(), Date.now() + 600_000);
    expect((await find(video.playbackIds[0]?.id))?.access.streamLimit).toEqual({
      maxStreams: 3,
      action: "evictOldest",
    });
  });
});

describe("sessions that are running", () => {
  const hash = async (id: string | undefined) => (await playbackIdHash(String(id))).join();

  it("end when less is allowed by their playback id", async () => {
    const video = await create();
    const since = await lastSequence();
    await patched(idPath(video), { limits: { maxHeight: 720 } });
    expect(await endedSince(since)).toEqual([await hash(video.playbackIds[0]?.id)]);
  });

  it("end when less of their video is allowed, by whichever playback id", async () => {
    const video = await create();
    const second = await call("POST", `/v1/videos/${video.id}/playback-ids`, {
      token,
      json: { policy: "signed" },
    });
    const { id } = await second.json<PlaybackId>();
    const since = await lastSequence();
    await patched(`/v1/videos/${video.id}`, { playback: { maxHeight: 720 } });
    const ended = await endedSince(since);
    expect(ended.toSorted()).toEqual([await hash(video.playbackIds[0]?.id), await hash(id)].toSorted());
  });

  it("end, and whoever comes back at once has the new terms, though the old record is remembered there", async () => {
    const video = await seedSealedVideo(env);
    const location = new Location();
    location.nowMs = Date.now();
    const isolate = location.isolate();
    const before = await isolate.open(video.playbackId);
    const segment = ({ root }: { readonly root: string }) => isolate.fetch(`${root}/1-v720/2/1.m4s`);
    expect((await segment(before)).status).toBe(200);
    await patched(`/v1/videos/${video.videoId}/playback-ids/${video.playbackId}`, {
      limits: { maxHeight: 360 },
    });
    // The record is fresh for five seconds, the revocations are heard within four.
    location.nowMs += 4_001;
    const ended = await segment(before);
    expect([ended.status, ended.code]).toEqual([403, "sessionExpired"]);
    const after = await isolate.open(video.playbackId);
    location.nowMs += 60_000;
    expect((await segment(after)).status).toBe(404);
    expect((await isolate.fetch(`${after.root}/1-v360/2/1.m4s`)).status).toBe(200);
  });

  it("go on when as much or more is allowed", async () => {
    const video = await create({ playback: { maxHeight: 720 } });
    await patched(idPath(video), {
      limits: { maxHeight: 720 },
      restrictions: { allowedOrigins: ["a.example"] },
    });
    const since = await lastSequence();
    await patched(idPath(video), { limits: { maxHeight: 1080 } });
    await patched(idPath(video), { restrictions: { allowedOrigins: ["b.example", "a.example"] } });
    await patched(idPath(video), { limits: {}, restrictions: {} });
    await patched(`/v1/videos/${video.id}`, { playback: {}, title: "x", tags: ["y"] });
    expect(await endedSince(since)).toEqual([]);
  });
});

describe("POST /v1/purge", () => {
  const purge = async (json: unknown) => {
    const response = await call("POST", "/v1/purge", { token, json });
    expect(response.status).toBe(200);
    return (await response.json<{ videos: number }>()).videos;
  };
  const generations = async () => {
    const { results } = await env.DB.prepare("SELECT id, generation FROM videos ORDER BY id").all<{
      id: string;
      generation: number;
    }>();
    return results.map(({ generation }) => generation);
  };

  it("counts up the generation of what is named, and says of how many", async () => {
    const a = await create({ tags: ["x"] });
    const b = await create({ tags: ["x", "y"] });
    await create();
    expect(await purge({ tag: "x" })).toBe(2);
    expect(await generations()).toEqual([2, 2, 1]);
    expect(await purge({ videoId: b.id })).toBe(1);
    expect(await purge({ playbackId: a.playbackIds[0]?.id })).toBe(1);
    expect(await generations()).toEqual([3, 3, 1]);
    expect(await purge({ tag: "none" })).toBe(0);
    expect(await purge({ videoId: "vid_none" })).toBe(0);
    expect(await purge({ playbackId: "none" })).toBe(0);
  });

  it.each([
    ["nothing", {}],
    ["two things", { videoId: "vid_x", tag: "x" }],
    ["something else", { all: true }],
  ])("refuses %s", async (_, json) => {
    const response = await call("POST", "/v1/purge", { token, json });
    expect([response.status, (await problemOf(response)).code]).toEqual([422, "unprocessable"]);
  });

  it("makes every location read the bytes anew, and playback go on, as soon as it hears of it", async () => {
    const video = await seedSealedVideo(env);
    const location = new Location();
    const isolate = location.isolate();
    const { root } = await isolate.open(video.playbackId);
    const path = `${root}/1-v720/2/1.m4s`;
    const first = await isolate.fetch(path);
    expect((await isolate.fetch(path)).header("Server-Timing")).toBe("cache;desc=edge");
    const reads = location.chunkReads.length;
    expect(await purge({ playbackId: video.playbackId })).toBe(1);
    // The record is fresh for five seconds, then served once more while it is loaded.
    location.nowMs += 5_001;
    await isolate.fetch(path);
    const after = await isolate.fetch(path);
    expect([after.status, after.header("Server-Timing")]).toEqual([200, "cache;desc=origin"]);
    expect(after.bytes).toEqual(first.bytes);
    expect(location.chunkReads).toHaveLength(reads + 1);
  });
});
