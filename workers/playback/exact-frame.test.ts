// A picture of an exact time: asked for through the edge, made by a runner, then cached.
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { FakeRunner } from "#workers/testing/fake-runner.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo } from "#workers/testing/seed-video.ts";

const runner = new FakeRunner();
const board = () => env.SCHEDULER.getByName("board");

async function pictured() {
  const video = await seedSealedVideo(env);
  await video.addImages(2);
  await env.DB.prepare("UPDATE videos SET source_size_bytes = 5000, duration_seconds = 20 WHERE id = ?")
    .bind(video.videoId)
    .run();
  const isolate = new Location().isolate();
  const at = (query: string) => isolate.fetch(`/p/${video.playbackId}/thumbnail.jpg?exact=1&${query}`);
  return { video, at };
}

it("an exact picture is answered 202 until a runner has made it, and then from where it is stored", async () => {
  const { video, at } = await pictured();
  for (let asked = 0; asked < 3; asked++) {
    const early = await at("time=12.3456&width=300");
    expect([early.status, early.header("Retry-After"), early.header("Cache-Control")]).toEqual([
      ...[202, "1", "no-store"],
    ]);
  }
  const task = await runner.claim();
  if (task?.work.kind !== "frame") throw new Error("no frame is asked for");
  expect(task.work).toMatchObject({ atSeconds: 12.346, width: 320, height: 180, streamIndex: 0 });
  expect(await runner.claim(), "asked for thrice, it is made once").toBeNull();
  const picture = new Uint8Array(500).fill(7);
  expect((await runner.put(task.work.upload.url, picture)).status).toBe(201);
  expect((await runner.complete(task, { kind: "frame" })).status).toBe(204);
  const made = await at("time=12.3456&width=300");
  expect([made.status, made.bytes]).toEqual([200, picture]);
  expect(await board().stats()).toMatchObject({ jobs: 0, openTasks: 0 });
  const row = await env.DB.prepare("SELECT state, playable FROM videos WHERE id = ?")
    .bind(video.videoId)
    .first();
  expect(row).toEqual({ state: "ready", playable: 1 });
});

it("a picture that can't be made changes nothing of its video and can be asked for again", async () => {
  const { video, at } = await pictured();
  expect((await at("time=3")).status).toBe(202);
  const task = await runner.claim();
  if (task === null) throw new Error("no task");
  expect((await runner.fail(task, "source", "unreadable")).status).toBe(204);
  expect(await board().stats()).toMatchObject({ jobs: 0 });
  const row = await env.DB.prepare("SELECT state FROM videos WHERE id = ?").bind(video.videoId).first();
  expect(row).toEqual({ state: "ready" });
  expect((await at("time=3")).status).toBe(202);
  await board().cancel(video.videoId);
});

it("eight may wait for one video, and a time past its end is its last picture", async () => {
  const { video, at } = await pictured();
  for (let second = 0; second < 7; second++) expect((await at(`time=${second}`)).status).toBe(202);
  expect((await at("time=9999")).status).toBe(202);
  const refused = await at("time=8");
  expect([refused.status, refused.code, refused.header("Retry-After")]).toEqual([429, "rateLimited", "5"]);
  const atSeconds: number[] = [];
  for (let task = await runner.claim(); task !== null; task = await runner.claim()) {
    if (task.work.kind === "frame") atSeconds.push(task.work.atSeconds);
  }
  expect(Math.max(...atSeconds)).toBe(19.999);
  await board().cancel(video.videoId);
  expect(await board().stats()).toMatchObject({ jobs: 0, openTasks: 0 });
});

it("the poster is the moment that the owner chose: the nearest picture at once, the exact one once it is made", async () => {
  const { video } = await pictured();
  const isolate = new Location().isolate();
  const poster = () => isolate.fetch(`/p/${video.playbackId}/thumbnail.jpg?width=300`);
  const before = await poster();
  await env.DB.prepare("UPDATE videos SET poster_seconds = 9.5 WHERE id = ?").bind(video.videoId).run();
  const later = new Location();
  later.nowMs += 120_000;
  const chosen = () => later.isolate().fetch(`/p/${video.playbackId}/thumbnail.jpg?width=300`);
  const nearest = await later.isolate().fetch(`/p/${video.playbackId}/thumbnail.jpg?width=300&time=9.5`);
  expect(nearest.bytes).not.toEqual(before.bytes);
  expect((await chosen()).bytes).toEqual(nearest.bytes);
  const task = await runner.claim();
  if (task?.work.kind !== "frame") throw new Error("no frame is asked for");
  expect(task.work).toMatchObject({ atSeconds: 9.5, width: 320 });
  const picture = new Uint8Array(500).fill(9);
  expect((await runner.put(task.work.upload.url, picture)).status).toBe(201);
  expect((await runner.complete(task, { kind: "frame" })).status).toBe(204);
  expect((await chosen()).bytes).toEqual(picture);
});

it("an exact picture of a clip is of the clip's own time, however late that is in the film", async () => {
  const { video } = await pictured();
  const clipId = `${video.videoId.slice(0, -4)}CLIP`;
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO videos (id, state, playable, duration_seconds, created_at, updated_at, clip_of, clip_from_seconds, clip_to_seconds)
       VALUES (?1, 'ready', 1, 6, 0, 0, ?2, 12, 18)`,
    ).bind(clipId, video.videoId),
    env.DB.prepare(
      "INSERT INTO playback_ids (id, video_id, policy, created_at) VALUES ('clip-for-exact-frames', ?, 'public', 0)",
    ).bind(clipId),
  ]);
  await env.MEDIA.put(`sources/${video.videoId}/original`, new Uint8Array(5000));
  const asked = await new Location().isolate().fetch("/p/clip-for-exact-frames/thumbnail.jpg?exact=1&time=4");
  expect(asked.status).toBe(202);
  const task = await runner.claim();
  expect(task?.work).toMatchObject({ kind: "frame", atSeconds: 16 });
  await board().cancel(video.videoId);
});
