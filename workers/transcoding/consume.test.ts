import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { OutboxMessage } from "#workers/outbox/outbox.ts";
import { fakeProbe, FakeRunner } from "#workers/testing/fake-runner.ts";
import { uploadedVideo } from "#workers/testing/uploaded-video.ts";
import { consumeTranscode, consumeTranscodeDead } from "./consume.ts";

const runner = new FakeRunner();
const probe = fakeProbe({ seconds: 20, sound: true, picture: true });
const board = () => env.SCHEDULER.getByName("board");

async function deliver(queue: string, ...messages: readonly OutboxMessage[]) {
  const batch = createMessageBatch<OutboxMessage>(
    queue,
    messages.map((body, index) => ({ id: `m${index}`, timestamp: new Date(), attempts: 1, body })),
  );
  const ctx = createExecutionContext();
  await (queue.endsWith("-dead") ? consumeTranscodeDead : consumeTranscode)(batch, env, ctx);
  return getQueueResult(batch, ctx);
}

const state = (id: string) =>
  env.DB.prepare("SELECT state, error_code, playable FROM videos WHERE id = ?").bind(id).first();
const outboxRow = (message: OutboxMessage) =>
  env.DB.prepare("SELECT 1 FROM outbox WHERE id = ?").bind(message.outboxId).first();

describe("the transcode queue", () => {
  it("puts a completed upload on the board, and only then settles its message", async () => {
    const { videoId, message } = await uploadedVideo(env);
    const result = await deliver("sluice-transcode", message);
    expect(result.explicitAcks).toEqual(["m0"]);
    expect(await board().knows(videoId, 1)).toBe(true);
    expect(await outboxRow(message)).toBeNull();
    await board().cancel(videoId);
  });

  it("makes one job of a message that comes again, in the same batch, later, and after the end", async () => {
    const { videoId, message } = await uploadedVideo(env);
    await deliver("sluice-transcode", message, message);
    await deliver("sluice-transcode", message);
    expect(await board().stats()).toMatchObject({ jobs: 1, openTasks: 1 });
    await runner.workAll(probe);
    await deliver("sluice-transcode", message);
    expect(await board().stats()).toMatchObject({ jobs: 0 });
    expect(await state(videoId)).toMatchObject({ state: "ready" });
  });

  it("takes messages in any order", async () => {
    const first = await uploadedVideo(env, 1_000);
    const second = await uploadedVideo(env, 2_000);
    await deliver("sluice-transcode", second.message, first.message);
    await runner.workAll(probe);
    expect(await state(first.videoId)).toMatchObject({ state: "ready" });
    expect(await state(second.videoId)).toMatchObject({ state: "ready" });
  });

  it("settles silently what is no longer wanted: a deleted video, another version", async () => {
    const deleted = await uploadedVideo(env);
    await env.DB.prepare("DELETE FROM videos WHERE id = ?").bind(deleted.videoId).run();
    const replaced = await uploadedVideo(env);
    await env.DB.prepare("UPDATE videos SET version = 2 WHERE id = ?").bind(replaced.videoId).run();
    const result = await deliver("sluice-transcode", deleted.message, replaced.message);
    expect(result.explicitAcks).toEqual(["m0", "m1"]);
    expect(await board().stats()).toMatchObject({ jobs: 0 });
    expect(await outboxRow(deleted.message)).toBeNull();
    expect(await outboxRow(replaced.message)).toBeNull();
  });

  it("fails a video whose source is gone, or empty", async () => {
    const gone = await uploadedVideo(env);
    await env.MEDIA.delete(`sources/${gone.videoId}/original`);
    const empty = await uploadedVideo(env);
    await env.MEDIA.put(`sources/${empty.videoId}/original`, new Uint8Array(0));
    await deliver("sluice-transcode", gone.message, empty.message);
    expect(await state(gone.videoId)).toMatchObject({ state: "error", error_code: "sourceMissing" });
    expect(await state(empty.videoId)).toMatchObject({ state: "error", error_code: "emptyFile" });
    await expect
      .poll(() => env.MEDIA.head(`sources/${empty.videoId}/original`), { timeout: 4_000 })
      .toBeNull();
  });

  it("leaves a message and its row where they are when the board did not take the job", async () => {
    const { videoId, message } = await uploadedVideo(env);
    await runInDurableObject(board(), (instance) => {
      instance.nowMs = () => {
        throw new Error("broken");
      };
    });
    const result = await deliver("sluice-transcode", message);
    expect(result.retryMessages).toEqual([{ msgId: "m0" }]);
    expect(await outboxRow(message)).not.toBeNull();
    await runInDurableObject(board(), (instance) => {
      instance.nowMs = Date.now;
    });
    await deliver("sluice-transcode", message);
    expect(await board().knows(videoId, 1)).toBe(true);
    await board().cancel(videoId);
  });
});

describe("the dead letters of the transcode queue", () => {
  it("fail the video that never reached the board", async () => {
    const { videoId, message } = await uploadedVideo(env);
    await deliver("sluice-transcode-dead", message);
    expect(await state(videoId)).toMatchObject({ state: "error", error_code: "encodeFailed" });
    expect(await outboxRow(message)).toBeNull();
  });

  it("change nothing of a video that is being encoded, or is ready", async () => {
    const { videoId, message } = await uploadedVideo(env);
    await deliver("sluice-transcode", message);
    await deliver("sluice-transcode-dead", message);
    expect(await state(videoId)).toMatchObject({ state: "uploaded", error_code: null });
    await runner.workAll(probe);
    await deliver("sluice-transcode-dead", message);
    expect(await state(videoId)).toMatchObject({ state: "ready", playable: 1, error_code: null });
    expect(
      await env.DB.prepare("SELECT 1 FROM outbox WHERE queue = 'erase' AND body LIKE ?")
        .bind(`%${videoId}%`)
        .first(),
    ).toBeNull();
    expect(
      await env.DB.prepare("SELECT state FROM versions WHERE video_id = ?").bind(videoId).first(),
    ).toEqual({ state: "sealed" });
  });
});
