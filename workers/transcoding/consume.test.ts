import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { consume } from "#workers/outbox/consume.ts";
import type { OutboxMessage } from "#workers/outbox/outbox.ts";
import { fakeProbe, FakeRunner } from "#workers/testing/fake-runner.ts";
import { uploadedVideo } from "#workers/testing/uploaded-video.ts";

const runner = new FakeRunner();
const probe = fakeProbe({ seconds: 20, sound: true, picture: true });
const board = () => env.SCHEDULER.getByName("board");

async function deliver(queue: string, ...messages: readonly OutboxMessage[]) {
  const batch = createMessageBatch<OutboxMessage>(
    queue,
    messages.map((body, index) => ({ id: `m${index}`, timestamp: new Date(), attempts: 1, body })),
  );
  const ctx = createExecutionContext();
  await consume(batch, env, ctx);
  return getQueueResult(batch, ctx);
}

const state = (id: string) =>
  env.DB.prepare("SELECT state, error_code, playable FROM videos WHERE id = ?").bind(id).first();
const outboxRow = (message: OutboxMessage) =>
  env.DB.prepare("SELECT 1 FROM outbox WHERE id = ?").bind(message.outboxId).first();

describe.each(["sluice-transcode", "sluice-transcode-priority"])("the queue %s", (queue) => {
  it("puts a completed upload on the board, and only then settles its message", async () => {
    const { videoId, message } = await uploadedVideo(env);
    const result = await deliver(queue, message);
    expect(result.explicitAcks).toEqual(["m0"]);
    expect(await board().knows(videoId, 1)).toBe(true);
    expect(await outboxRow(message)).toBeNull();
    await board().cancel(videoId);
  });

  it("makes one job of a message that comes again, in the same batch, later, and after the end", async () => {
    const { videoId, message } = await uploadedVideo(env);
    await deliver(queue, message, message);
    await deliver(queue, message);
    expect(await board().stats()).toMatchObject({ jobs: 1, openTasks: 1 });
    await runner.workAll(probe);
    await deliver(queue, message);
    expect(await board().stats()).toMatchObject({ jobs: 0 });
    expect(await state(videoId)).toMatchObject({ state: "ready" });
  });

  it("takes messages in any order", async () => {
    const first = await uploadedVideo(env, 1_000);
    const second = await uploadedVideo(env, 2_000);
    await deliver(queue, second.message, first.message);
    await runner.workAll(probe);
    expect(await state(first.videoId)).toMatchObject({ state: "ready" });
    expect(await state(second.videoId)).toMatchObject({ state: "ready" });
  });

  it("settles silently what is no longer wanted: a deleted video, another version", async () => {
    const deleted = await uploadedVideo(env);
    await env.DB.prepare("DELETE FROM videos WHERE id = ?").bind(deleted.videoId).run();
    const replaced = await uploadedVideo(env);
    await env.DB.prepare("UPDATE videos SET version = 2 WHERE id = ?").bind(replaced.videoId).run();
    const result = await deliver(queue, deleted.message, replaced.message);
    expect(result.explicitAcks).toEqual(["m0", "m1"]);
    expect(await board().stats()).toMatchObject({ jobs: 0 });
    expect(await outboxRow(deleted.message)).toBeNull();
    expect(await outboxRow(replaced.message)).toBeNull();
  });

  it("encodes an object of the owner's own that was registered", async () => {
    const { videoId, message } = await uploadedVideo(env);
    await env.MEDIA.delete(`sources/${videoId}/original`);
    await env.MEDIA.put(`own/${videoId}.mp4`, "bytes");
    await env.DB.prepare("UPDATE videos SET source_key = ? WHERE id = ?")
      .bind(`own/${videoId}.mp4`, videoId)
      .run();
    await deliver(queue, message);
    const order = await board().claim({ runnerId: "one", codecs: [], waitSeconds: 0 });
    expect(order?.work).toMatchObject({ source: { key: `own/${videoId}.mp4`, sizeBytes: 5 } });
    await board().cancel(videoId);
  });

  it("fails a video whose source is gone, or empty", async () => {
    const gone = await uploadedVideo(env);
    await env.MEDIA.delete(`sources/${gone.videoId}/original`);
    const empty = await uploadedVideo(env);
    await env.MEDIA.put(`sources/${empty.videoId}/original`, new Uint8Array(0));
    await deliver(queue, gone.message, empty.message);
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
    const result = await deliver(queue, message);
    expect(result.retryMessages).toEqual([{ msgId: "m0" }]);
    expect(await outboxRow(message)).not.toBeNull();
    await runInDurableObject(board(), (instance) => {
      instance.nowMs = Date.now;
    });
    await deliver(queue, message);
    expect(await board().knows(videoId, 1)).toBe(true);
    await board().cancel(videoId);
  });
});

describe.each(["sluice-transcode", "sluice-transcode-priority"])("the dead letters of %s", (queue) => {
  it("fail the video that never reached the board", async () => {
    const { videoId, message } = await uploadedVideo(env);
    await deliver(`${queue}-dead`, message);
    expect(await state(videoId)).toMatchObject({ state: "error", error_code: "encodeFailed" });
    expect(await outboxRow(message)).toBeNull();
    const events = await env.EVENT_HUB.getByName("hub").since(0);
    expect(events.at(-1)?.event).toMatchObject({ type: "video.failed", videoId, code: "encodeFailed" });
    await board().cancel(videoId);
  });

  it("can be requeued, and end well", async () => {
    const { videoId, message } = await uploadedVideo(env);
    await deliver(`${queue}-dead`, message);
    await deliver(`${queue}-dead`, message);
    // A late copy of the message changes nothing.
    await deliver(queue, message);
    expect(await state(videoId)).toMatchObject({ state: "error" });
    expect(await board().command({ kind: "requeue", videoId })).toEqual({ ok: true, value: null });
    await runner.workAll(probe);
    expect(await state(videoId)).toMatchObject({ state: "ready", error_code: null });
  });

  it("change nothing of a video that is being encoded, or is ready", async () => {
    const { videoId, message } = await uploadedVideo(env);
    await deliver(queue, message);
    await deliver(`${queue}-dead`, message);
    expect(await state(videoId)).toMatchObject({ state: "uploaded", error_code: null });
    await runner.workAll(probe);
    await deliver(`${queue}-dead`, message);
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
