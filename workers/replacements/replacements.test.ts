// A video's file is replaced: the real upload, board, database and bucket, and the whole edge path.
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { sourceKey } from "#workers/storage/keys.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { fakeProbe, FakeRunner } from "#workers/testing/fake-runner.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { tinyFilm } from "#workers/testing/tiny-film.ts";
import { noise, patch } from "#workers/testing/tus-client.ts";
import type { Video } from "#workers/videos/contract.ts";
import { consumeErase } from "#workers/videos/erase.ts";

const first = tinyFilm([2, 3, 6, 1]);
const second = tinyFilm([4, 4, 4, 4, 4]);
const runner = new FakeRunner();

interface CreatedUpload {
  readonly id: string;
  readonly videoId: string;
  readonly url: string;
}

let token: string;
beforeAll(async () => {
  token = await insertApiKey("videos:read", "videos:write", "uploads:write", "jobs:read", "jobs:write");
});

async function opened(json: object): Promise<CreatedUpload> {
  const answer = await call("POST", "/v1/uploads", { token, json });
  expect(answer.status).toBe(201);
  return answer.json();
}

async function uploaded(json: object, bytes: Uint8Array): Promise<CreatedUpload> {
  const upload = await opened({ sizeBytes: bytes.length, ...json });
  expect((await patch(upload.url, 0, new Uint8Array(bytes))).status).toBe(204);
  return upload;
}

async function get(videoId: string): Promise<Video> {
  const answer = await call("GET", `/v1/videos/${videoId}`, { token });
  expect(answer.status).toBe(200);
  return answer.json();
}

/** A film that plays as it came. */
async function made(json: object = { encoding: "passthrough" }): Promise<Video> {
  const { videoId } = await uploaded({ title: "Film", ...json }, first.bytes);
  return get(videoId);
}

const replacing = (videoId: string, bytes: Uint8Array, json: object = {}) =>
  uploaded({ videoId, replace: true, ...json }, bytes);

/** The last frame of sound ends behind the last picture. */
const about = (seconds: number): number => expect.closeTo(seconds, 1) as number;
const playbackIdOf = (video: Video) => video.playbackIds[0]?.id ?? "";
const segments = (text: string) => text.split("\n").filter((line) => line.endsWith(".m4s"));
const playlistOf = (text: string) => /^s\/.*\.m3u8$/m.exec(text)?.[0] ?? "";

async function eraseNow(videoId: string, scope: "unused" | "video" = "unused"): Promise<void> {
  const body = { kind: "erase", videoId, scope, outboxId: "msg_x" } as const;
  const nothing = () => undefined;
  const message = { id: "1", timestamp: new Date(), body, attempts: 1, ack: nothing, retry: nothing };
  const batch = { queue: "sluice-erase", messages: [message], ackAll: nothing, retryAll: nothing };
  await consumeErase(batch as unknown as Parameters<typeof consumeErase>[0], env, createExecutionContext());
}

async function keys(prefix: string): Promise<readonly string[]> {
  return (await env.MEDIA.list({ prefix })).objects.map(({ key }) => key);
}

/** The overlap of its last replacement is over. */
async function overlapEnds(videoId: string): Promise<void> {
  await env.DB.prepare("UPDATE videos SET former = json_set(former, '$.untilMs', 1) WHERE id = ?")
    .bind(videoId)
    .run();
}

/** All that the board has of whole videos is done. */
async function encodeAll(seconds: number): Promise<void> {
  const probe = fakeProbe({ seconds, sound: true, picture: true });
  for (let task = await runner.claim(); task !== null; task = await runner.claim()) {
    await runner.work(task, probe);
  }
}

async function submit(videoId: string, version: number): Promise<void> {
  const row = await env.DB.prepare("SELECT source_key, source_size_bytes FROM replacements WHERE id = ?")
    .bind(videoId)
    .first<{ source_key: string; source_size_bytes: number }>();
  if (row === null) throw new Error("there is no replacement");
  const { source_key, source_size_bytes: sizeBytes } = row;
  await env.SCHEDULER.getByName("board").submit({ videoId, version, sourceKey: source_key, sizeBytes });
}

describe("a file that plays as it came takes the place of another", () => {
  it("when its last byte has arrived, under the same ids and with all that was said of the video", async () => {
    const video = await made();
    await call("PUT", `/v1/videos/${video.id}/captions/en`, {
      token,
      body: "WEBVTT\n\n00:01.000 --> 00:02.000\nhello\n",
      headers: { "Content-Type": "text/vtt" },
    });
    const upload = await replacing(video.id, second.bytes);
    expect(upload).toMatchObject({ videoId: video.id, replaces: true });
    const after = await get(video.id);
    expect(after).toMatchObject({
      ...{ id: video.id, title: "Film", durationSeconds: about(20), replacement: null },
      ...{ status: { state: "ready", playable: true }, playbackIds: [{ id: playbackIdOf(video) }] },
      source: { sizeBytes: second.bytes.length, objectKey: null },
    });
    const isolate = new Location().isolate();
    const { text, root } = await isolate.open(playbackIdOf(video));
    const playlist = await isolate.fetch(`/p/${playbackIdOf(video)}/${playlistOf(text)}`);
    expect(root).toBeTruthy();
    expect(segments(playlist.text)).toHaveLength(5);
    expect(text).toContain('LANGUAGE="en"');
  });

  it("for those who were watching after a while only: their film goes on until the overlap is over", async () => {
    const video = await made();
    const id = playbackIdOf(video);
    const location = new Location();
    const isolate = location.isolate();
    const before = await isolate.open(id);
    const playlist = playlistOf(before.text);
    await replacing(video.id, second.bytes, { overlapSeconds: 600 });
    location.nowMs += 120_000;
    const listed = await isolate.fetch(`/p/${id}/${playlist}`);
    expect(listed.status).toBe(200);
    expect(segments(listed.text)).toHaveLength(3);
    const track = playlist.slice(0, playlist.lastIndexOf("/"));
    const segment = segments(listed.text)[0] ?? "";
    expect((await isolate.fetch(`/p/${id}/${track}/${segment}`)).status).toBe(200);

    await overlapEnds(video.id);
    await eraseNow(video.id);
    location.nowMs += 120_000;
    const late = await isolate.fetch(`/p/${id}/${playlist}`);
    expect([late.status, late.code]).toEqual([403, "sessionExpired"]);
    expect(await keys(`sources/${video.id}/`)).toHaveLength(1);
    expect((await keys(`videos/${video.id}/`)).every((key) => key.startsWith(`videos/${video.id}/2/`))).toBe(
      true,
    );
    expect((await location.isolate().open(id)).text).not.toBe("");
  });

  it("at once where no overlap is wanted", async () => {
    const video = await made();
    const id = playbackIdOf(video);
    const location = new Location();
    const isolate = location.isolate();
    const playlist = playlistOf((await isolate.open(id)).text);
    await replacing(video.id, second.bytes, { overlapSeconds: 0 });
    location.nowMs += 120_000;
    const late = await isolate.fetch(`/p/${id}/${playlist}`);
    expect([late.status, late.code]).toEqual([403, "sessionExpired"]);
  });

  it("and a session of the one opens no track of the other", async () => {
    const video = await made();
    const id = playbackIdOf(video);
    const location = new Location();
    const isolate = location.isolate();
    const old = await isolate.open(id);
    await replacing(video.id, second.bytes);
    location.nowMs += 120_000;
    const fresh = await isolate.open(id);
    const playlist = playlistOf(fresh.text).replace(fresh.session, old.session);
    const crossed = await isolate.fetch(`/p/${id}/${playlist}`);
    expect(crossed.status).toBe(404);
    expect((await isolate.fetch(`/p/${id}/${playlistOf(fresh.text)}`)).status).toBe(200);
  });

  it("whose clips go on with the former, however long after", async () => {
    const video = await made();
    const clip = await call("POST", `/v1/videos/${video.id}/clips`, {
      token,
      json: { startSeconds: 2, endSeconds: 9 },
    });
    const part = await clip.json<Video>();
    await replacing(video.id, second.bytes, { overlapSeconds: 0 });
    await overlapEnds(video.id);
    await eraseNow(video.id);
    const isolate = new Location().isolate();
    const { text } = await isolate.open(playbackIdOf(part));
    const listed = await isolate.fetch(`/p/${playbackIdOf(part)}/${playlistOf(text)}`);
    const track = playlistOf(text).slice(0, playlistOf(text).lastIndexOf("/"));
    const [segment = ""] = segments(listed.text);
    expect((await isolate.fetch(`/p/${playbackIdOf(part)}/${track}/${segment}`)).status).toBe(200);
    expect(await keys(sourceKey(video.id))).toHaveLength(1);

    await call("DELETE", `/v1/videos/${part.id}`, { token });
    await eraseNow(video.id);
    expect(await keys(sourceKey(video.id))).toHaveLength(0);
    expect(await keys(`videos/${video.id}/0/`)).toHaveLength(0);
  });

  it("again and again: of the files before nothing stays", async () => {
    const video = await made();
    for (const film of [second, first, second]) await replacing(video.id, film.bytes, { overlapSeconds: 0 });
    await overlapEnds(video.id);
    await eraseNow(video.id);
    expect(await keys(`sources/${video.id}/`)).toHaveLength(1);
    const versions = await env.DB.prepare("SELECT version FROM versions WHERE video_id = ?")
      .bind(video.id)
      .all();
    expect(versions.results).toEqual([{ version: 6 }]);
    await call("DELETE", `/v1/videos/${video.id}`, { token });
    await eraseNow(video.id, "video");
    expect(await keys(`sources/${video.id}/`)).toEqual([]);
    expect(await keys(`videos/${video.id}/`)).toEqual([]);
  });
});

describe("a file that has to be encoded first", () => {
  // Nothing that plays as it is, and enough for the board, whose runners here are told what they see.
  const raw = noise(5_000);

  it("is worked on beside the one that plays, and takes its place when it is whole", async () => {
    const video = await made();
    const id = playbackIdOf(video);
    const { id: uploadId } = await replacing(video.id, raw, { encoding: "standard" });
    const waiting = await get(video.id);
    expect(waiting).toMatchObject({
      ...{ status: { state: "ready", playable: true, percent: 100 }, durationSeconds: about(12) },
      ...{ encoding: "passthrough", replacement: { uploadId, state: "uploaded", error: null } },
    });
    await submit(video.id, 3);
    const probe = fakeProbe({ seconds: 40, sound: true, picture: true });
    await runner.work(await runner.mustClaim(), probe);
    await runner.work(await runner.mustClaim(), probe);
    expect(await get(video.id)).toMatchObject({
      ...{ status: { state: "ready", playable: true }, durationSeconds: about(12) },
      replacement: { state: "processing" },
    });
    await new Location().isolate().open(id);
    await encodeAll(40);
    expect(await get(video.id)).toMatchObject({
      ...{ status: { state: "ready", playable: true, percent: 100 }, durationSeconds: about(40) },
      ...{ encoding: "standard", replacement: null, source: { sizeBytes: raw.length } },
    });
    const later = new Location();
    later.nowMs += 120_000;
    const { text } = await later.isolate().open(id);
    expect(text).toContain("/3-v");
    await overlapEnds(video.id);
    await eraseNow(video.id);
    expect(await keys(`videos/${video.id}/0/`)).toEqual([]);
    expect((await keys(`videos/${video.id}/3/`)).length).toBeGreaterThan(3);
  });

  it("and fails leaves the video as it is, says why, can be taken up again or given up", async () => {
    const video = await made();
    await replacing(video.id, raw, { encoding: "standard" });
    await submit(video.id, 3);
    await runner.fail(await runner.mustClaim(), "source", "unreadable");
    const failed = await get(video.id);
    expect(failed).toMatchObject({
      status: { state: "ready", playable: true, error: null },
      replacement: { state: "failed", error: { code: "unreadable" } },
    });
    await new Location().isolate().open(playbackIdOf(video));
    await eraseNow(video.id);
    expect(await keys(`sources/${video.id}/`)).toEqual([sourceKey(video.id)]);
    const alone = await call("GET", `/v1/videos/${video.id}/replacement`, { token });
    expect(await alone.json()).toEqual(failed.replacement);
    expect((await call("DELETE", `/v1/videos/${video.id}/replacement`, { token })).status).toBe(204);
    expect((await get(video.id)).replacement).toBeNull();
    expect((await call("GET", `/v1/videos/${video.id}/replacement`, { token })).status).toBe(404);
    expect((await call("DELETE", `/v1/videos/${video.id}/replacement`, { token })).status).toBe(404);
  });

  it("is cancelled on the board and taken up from there", async () => {
    const video = await made();
    await replacing(video.id, raw, { encoding: "standard" });
    await submit(video.id, 3);
    expect((await call("POST", `/v1/jobs/${video.id}/cancel`, { token })).status).toBe(200);
    expect((await get(video.id)).replacement).toMatchObject({
      state: "failed",
      error: { code: "encodeCancelled" },
    });
    await eraseNow(video.id);
    expect((await call("POST", `/v1/jobs/${video.id}/requeue`, { token })).status).toBe(200);
    await encodeAll(40);
    expect(await get(video.id)).toMatchObject({ durationSeconds: about(40), replacement: null });
  });

  it("given up in the middle is stopped on the board, and nothing of it stays", async () => {
    const video = await made();
    await replacing(video.id, raw, { encoding: "standard" });
    await submit(video.id, 3);
    expect((await call("DELETE", `/v1/videos/${video.id}/replacement`, { token })).status).toBe(204);
    expect(await runner.claim()).toBeNull();
    await eraseNow(video.id);
    expect(await keys(`sources/${video.id}/`)).toEqual([sourceKey(video.id)]);
    expect(await get(video.id)).toMatchObject({ status: { state: "ready" }, durationSeconds: about(12) });
  });

  it("of a video that was to be played as it comes is refused for what it is", async () => {
    const video = await made();
    await replacing(video.id, raw);
    expect(await get(video.id)).toMatchObject({
      status: { state: "ready", error: null },
      replacement: { state: "failed", error: { code: "passthroughUnfit" } },
    });
  });
});

describe("a replacement is refused", () => {
  it("for a video that awaits its first file, a clip, and while another is under way", async () => {
    const wanted = (videoId: string) =>
      call("POST", "/v1/uploads", { token, json: { videoId, replace: true, sizeBytes: 5 } });
    const empty = await (await call("POST", "/v1/videos", { token, json: {} })).json<Video>();
    expect((await problemOf(await wanted(empty.id))).code).toBe("conflict");
    const video = await made();
    const clip = await call("POST", `/v1/videos/${video.id}/clips`, {
      token,
      json: { startSeconds: 0, endSeconds: 5 },
    });
    expect((await problemOf(await wanted((await clip.json<Video>()).id))).code).toBe("conflict");
    await opened({ videoId: video.id, replace: true, sizeBytes: 5 });
    expect((await problemOf(await wanted(video.id))).code).toBe("conflict");
    expect((await problemOf(await wanted("vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4"))).code).toBe("notFound");
  });

  it("without a video, and with what is said of a video elsewhere", async () => {
    const video = await made();
    for (const json of [{ replace: true }, { replace: true, videoId: video.id, title: "Other" }]) {
      expect((await call("POST", "/v1/uploads", { token, json })).status).toBe(422);
    }
  });

  it("an upload that ends without a file changes nothing", async () => {
    const video = await made();
    const { id } = await opened({ videoId: video.id, replace: true, sizeBytes: 5_000 });
    expect((await call("DELETE", `/v1/uploads/${id}`, { token })).status).toBe(204);
    expect(await get(video.id)).toMatchObject({
      status: { state: "ready", playable: true, error: null },
      replacement: null,
    });
    expect(await keys(`sources/${video.id}/`)).toEqual([sourceKey(video.id)]);
  });
});

it("a video whose encode failed is mended by another file", async () => {
  const { videoId } = await uploaded({ encoding: "standard" }, noise(4_000));
  await env.DB.prepare("UPDATE videos SET state = 'error', error_code = 'unreadable' WHERE id = ?")
    .bind(videoId)
    .run();
  await replacing(videoId, second.bytes, { encoding: "passthrough" });
  const mended = await get(videoId);
  expect(mended).toMatchObject({ status: { state: "ready", playable: true, error: null } });
});
