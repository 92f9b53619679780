// A sound of its own file comes to a version that is sealed: the real board, database and bucket, and the edge path.
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { replacementKey, versionPrefix } from "#workers/storage/keys.ts";
import { fakeProbe, FakeRunner } from "#workers/testing/fake-runner.ts";
import { Location } from "#workers/testing/playback-location.ts";
import { seedSealedVideo, type SeededVideo } from "#workers/testing/seed-video.ts";
import { keepEvents, toldEvents } from "#workers/testing/told-events.ts";
import { planAddedSound, readWaitingSound } from "./added-sound.ts";
import { consumeTranscode } from "./consume.ts";
import { sweepTranscoding } from "./sweep.ts";

const runner = new FakeRunner();
const board = () => env.SCHEDULER.getByName("board");
const track = "a1";
let video: SeededVideo;

beforeEach(async () => {
  video = await seedSealedVideo(env);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await board().cancel(video.videoId);
  await env.DB.prepare("DELETE FROM added_sounds").run();
});

async function arrived(more: { readonly isDefault?: boolean } = {}): Promise<string> {
  const { videoId } = video;
  const key = replacementKey(videoId, "upl_dub");
  await env.MEDIA.put(key, new Uint8Array(5_000));
  await env.DB.prepare(
    `INSERT INTO added_sounds (id, video_id, version, track, language, is_default, state, source_key,
       source_size_bytes, created_at, updated_at) VALUES ('upl_dub', ?, 1, ?, 'de', ?, 'encoding', ?, 5000, 0, 0)`,
  )
    .bind(videoId, track, more.isDefault === true ? 1 : 0, key)
    .run();
  return key;
}

/** As the queue brings it, however often. */
async function deliver(): Promise<void> {
  const body = {
    kind: "transcode",
    videoId: video.videoId,
    version: 1,
    sound: track,
    outboxId: "msg_x",
  } as const;
  const nothing = () => undefined;
  const message = { id: "1", timestamp: new Date(), body, attempts: 1, ack: nothing, retry: nothing };
  const batch = { queue: "sluice-transcode", messages: [message], ackAll: nothing, retryAll: nothing };
  await consumeTranscode(batch as unknown as Parameters<typeof consumeTranscode>[0], env, {
    waitUntil: nothing,
    passThroughOnException: nothing,
    props: {},
  } as unknown as ExecutionContext);
}

const dub = fakeProbe({ seconds: 40, sound: true, picture: false });
const stateOf = () =>
  env.DB.prepare("SELECT state, error_code FROM added_sounds WHERE video_id = ?").bind(video.videoId).first();
const soundsOf = (text: string) =>
  [...text.matchAll(/TYPE=AUDIO.*LANGUAGE="(.*?)".*DEFAULT=(\w+)/g)].map(
    ([, language, is]) => `${language} ${is}`,
  );

describe("a sound of its own file", () => {
  it("is encoded on the picture's grid, and offered behind the others; sessions of before go on", async () => {
    keepEvents();
    const key = await arrived();
    const location = new Location();
    const isolate = location.isolate();
    const before = await isolate.open(video.playbackId);
    await deliver();
    await deliver();
    await runner.work(await runner.mustClaim(), dub);
    const work = await runner.mustClaim();
    expect(work.work).toMatchObject({ kind: "audio", track, streamIndex: 1, sourceStartSeconds: 0 });
    await runner.work(work, dub);
    expect(await runner.claim()).toBeNull();
    expect(await stateOf()).toEqual({ state: "ready", error_code: null });
    // Its own file is needed no more; the board has forgotten it.
    expect(await env.MEDIA.head(key)).toBeNull();
    expect(
      await env.DB.prepare("SELECT state FROM videos WHERE id = ?").bind(video.videoId).first("state"),
    ).toBe("ready");
    location.nowMs += 120_000;
    const after = await isolate.open(video.playbackId);
    expect(soundsOf(after.text)).toEqual(["en YES", "de NO"]);
    const path = new RegExp(`^s/.*-${track}/.*m3u8`, "m");
    const uri = /URI="(s\/[^"]*-a1\/[^"]*)"/.exec(after.text)?.[1] ?? path.exec(after.text)?.[0] ?? "";
    const playlist = await isolate.fetch(`/p/${video.playbackId}/${uri}`);
    expect(playlist.status).toBe(200);
    expect(playlist.text.split("\n").filter((line) => line.endsWith(".m4s"))).toHaveLength(15);
    const old = /URI="(s\/[^"]*-a0\/[^"]*)"/.exec(before.text)?.[1] ?? "";
    expect((await isolate.fetch(`/p/${video.playbackId}/${old}`)).status).toBe(200);
    const told = (await toldEvents()).filter(({ type }) => type.startsWith("audioTrack."));
    expect(told).toMatchObject([
      {
        type: "audioTrack.ready",
        data: { videoId: video.videoId, id: track, state: "ready", added: true, language: "de" },
      },
    ]);
  });

  it("becomes the default with its first offer where that was wanted", async () => {
    await arrived({ isDefault: true });
    await deliver();
    for (let n = 0; n < 2; n++) await runner.work(await runner.mustClaim(), dub);
    const { text } = await new Location().isolate().open(video.playbackId);
    expect(soundsOf(text)).toEqual(["de YES", "en NO"]);
  });

  it("that holds none fails by itself, and the video plays on", async () => {
    const key = await arrived();
    await deliver();
    await runner.work(await runner.mustClaim(), { ...dub, streams: [] });
    expect(await stateOf()).toEqual({ state: "failed", error_code: "noMedia" });
    expect(await env.MEDIA.head(key)).toBeNull();
    expect(soundsOf((await new Location().isolate().open(video.playbackId)).text)).toEqual(["en YES"]);
  });

  it("whose file is gone says so; one that is not waited for is not begun", async () => {
    const key = await arrived();
    await env.MEDIA.delete(key);
    await deliver();
    expect(await stateOf()).toEqual({ state: "failed", error_code: "sourceMissing" });
    await deliver();
    expect(await runner.claim()).toBeNull();
    expect(await readWaitingSound(env.DB, { videoId: video.videoId, version: 1, track })).toBeNull();
  });

  it("that was removed while it was encoded is not offered", async () => {
    await arrived();
    await deliver();
    await runner.work(await runner.mustClaim(), dub);
    await env.DB.prepare("UPDATE added_sounds SET state = 'removed'").run();
    await runner.work(await runner.mustClaim(), dub);
    expect(await stateOf()).toMatchObject({ state: "removed" });
    expect(soundsOf((await new Location().isolate().open(video.playbackId)).text)).toEqual(["en YES"]);
  });

  it("is no stray while it comes, and goes with its video", async () => {
    await arrived();
    await deliver();
    await runner.work(await runner.mustClaim(), dub);
    const chunk = `${versionPrefix(video.videoId, 1)}${track}/0.1.m4s`;
    await env.MEDIA.put(chunk, new Uint8Array(10));
    const nowMs = 10_000_000_000;
    await env.DB.prepare("UPDATE versions SET sealed_at = ? WHERE video_id = ?")
      .bind(nowMs - 11 * 60_000, video.videoId)
      .run();
    await sweepTranscoding(env, nowMs);
    expect(await env.MEDIA.head(chunk)).not.toBeNull();
    expect(await board().drop(video.videoId, 1)).toBe(true);
    expect(await runner.claim()).toBeNull();
  });

  it.each([
    ["mp4", 2, 0],
    ["matroska,webm", 0.5, 0],
    ["mpegts", 1.4, 1.4],
    ["mp3", 0.023, 0.023],
  ])("of %s whose sound begins at %d s is read from %d s on", (container, startSeconds, from) => {
    const streams = dub.streams.map((stream) => ({ ...stream, startSeconds }));
    const grid = { frameRate: { numerator: 25, denominator: 1 }, gopFrames: 50, frameCount: 500 };
    const plan = planAddedSound({ ...dub, container, streams }, { track, language: "de", grid });
    expect(plan).toMatchObject({ ok: true, value: { audios: [{ sourceStartSeconds: from }] } });
  });
});
