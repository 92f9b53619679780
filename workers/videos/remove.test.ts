import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { newId } from "#workers/ids.ts";
import type { OutboxMessage } from "#workers/outbox/outbox.ts";
import { chunkKey, initKey, posterKey, sourceKey } from "#workers/storage/keys.ts";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import type { Video } from "./contract.ts";
import { consumeErase, consumeEraseDead } from "./erase.ts";
import { failed } from "./transitions.ts";

const tables = ["videos", "playback_ids", "versions", "chunks", "uploads", "outbox"];

let token: string;
beforeAll(async () => {
  token = await insertApiKey("admin");
});
beforeEach(async () => {
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  const { objects } = await env.MEDIA.list();
  if (objects.length > 0) await env.MEDIA.delete(objects.map((object) => object.key));
  // The queue would deliver to the same consumer that the tests call by hand.
  vi.spyOn(env.ERASE_QUEUE, "send").mockImplementation(async () => ({ metadata: { metrics: emptyQueue } }));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const emptyQueue = { backlogCount: 0, backlogBytes: 0 };

async function create(): Promise<string> {
  const response = await call("POST", "/v1/videos", { token, json: {} });
  return (await response.json<Video>()).id;
}

async function store(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await env.MEDIA.put(key, "x");
}

async function keys(): Promise<readonly string[]> {
  return (await env.MEDIA.list()).objects.map((object) => object.key);
}

async function rows(videoId: string): Promise<number> {
  const counted = await env.DB.batch<{ n: number }>([
    env.DB.prepare("SELECT count(*) AS n FROM videos WHERE id = ?").bind(videoId),
    ...["playback_ids", "versions", "chunks", "uploads"].map((table) =>
      env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE video_id = ?`).bind(videoId),
    ),
  ]);
  return counted.reduce((sum, { results }) => sum + (results[0]?.n ?? 0), 0);
}

async function outbox(): Promise<readonly { readonly message: OutboxMessage; readonly due_at: number }[]> {
  const found = await env.DB.prepare(
    "SELECT body, due_at FROM outbox WHERE queue <> 'event' ORDER BY due_at",
  ).all<{
    body: string;
    due_at: number;
  }>();
  return found.results.map(({ body, due_at }) => ({ message: JSON.parse(body) as OutboxMessage, due_at }));
}

async function consume(message: OutboxMessage, consumer = consumeErase) {
  const batch = createMessageBatch<OutboxMessage>("sluice-erase", [
    { id: newId("message", 1), timestamp: new Date(), attempts: 1, body: message },
  ]);
  const ctx = createExecutionContext();
  await consumer(batch, env, ctx);
  return getQueueResult(batch, ctx);
}

describe("deleting a video", () => {
  it("leaves no object and no row, and nothing of its neighbour's is touched", async () => {
    const videoId = await create();
    const other = await create();
    const kept = [sourceKey(other), initKey(other, 1, "v720")];
    await store(
      ...kept,
      sourceKey(videoId),
      initKey(videoId, 1, "v720"),
      chunkKey({ videoId, version: 1, track: "v720", chunk: 0, attempt: 2 }),
      posterKey(videoId, 1, 640, 1),
    );
    await env.DB.batch([
      env.DB.prepare(
        "INSERT INTO versions (video_id, version, state, gop_ticks, gop_timescale, formats, created_at) VALUES (?, 1, 'encoding', 1, 1, '[]', 1)",
      ).bind(videoId),
      env.DB.prepare(
        "INSERT INTO chunks (video_id, version, chunk, index_blob, published_at) VALUES (?, 1, 0, x'00', 1)",
      ).bind(videoId),
    ]);
    const upload = await call("POST", "/v1/uploads", { token, json: { title: "x" } });
    await env.DB.prepare("UPDATE uploads SET video_id = ? WHERE id = ?")
      .bind(videoId, (await upload.json<{ id: string }>()).id)
      .run();

    expect((await call("DELETE", `/v1/videos/${videoId}`, { token })).status).toBe(204);
    expect((await call("GET", `/v1/videos/${videoId}`, { token })).status).toBe(404);
    const [now] = await outbox();
    expect(now).toBeDefined();
    if (now === undefined) return;
    const result = await consume(now.message);
    expect(result.explicitAcks).toHaveLength(1);
    expect(await rows(videoId)).toBe(0);
    expect((await keys()).toSorted()).toEqual(kept.toSorted());
  });

  it("answers 404 the second time", async () => {
    const videoId = await create();
    expect((await call("DELETE", `/v1/videos/${videoId}`, { token })).status).toBe(204);
    expect((await call("DELETE", `/v1/videos/${videoId}`, { token })).status).toBe(404);
    expect(await outbox()).toHaveLength(2);
  });

  it("erases again hours later what a runner wrote meanwhile", async () => {
    const videoId = await create();
    const beforeMs = Date.now();
    await call("DELETE", `/v1/videos/${videoId}`, { token });
    const [now, later] = await outbox();
    if (now === undefined || later === undefined) throw new Error("two messages");
    expect(later.due_at - beforeMs).toBeGreaterThanOrEqual(2 * 3_600_000);
    await consume(now.message);
    await store(initKey(videoId, 1, "v240"));
    expect(await outbox()).toEqual([later]);
    await consume(later.message);
    expect(await keys()).toEqual([]);
    expect(await outbox()).toEqual([]);
    await consume(later.message);
  });

  it("removes more objects than one page lists", async () => {
    const videoId = await create();
    await Promise.all(
      Array.from({ length: 1_005 }, (_, chunk) =>
        env.MEDIA.put(chunkKey({ videoId, version: 1, track: "v240", chunk, attempt: 1 }), "x"),
      ),
    );
    await call("DELETE", `/v1/videos/${videoId}`, { token });
    const [now] = await outbox();
    if (now === undefined) throw new Error("a message");
    await consume(now.message);
    expect(await keys()).toEqual([]);
  }, 60_000);
});

describe("erasing", () => {
  it("keeps its outbox row and asks for another try when something fails", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const videoId = await create();
    await store(sourceKey(videoId));
    await call("DELETE", `/v1/videos/${videoId}`, { token });
    const [now] = await outbox();
    if (now === undefined) throw new Error("a message");
    vi.spyOn(env.MEDIA, "list").mockRejectedValueOnce(new Error("down"));
    const result = await consume(now.message);
    expect([result.explicitAcks, result.retryMessages.length]).toEqual([[], 1]);
    expect(await outbox()).toHaveLength(2);
    await consume(now.message);
    expect(await keys()).toEqual([]);
  });

  it("of a failed video's media leaves the video to be looked at", async () => {
    const videoId = await create();
    await store(sourceKey(videoId), initKey(videoId, 1, "v240"));
    await failed(env.DB, videoId, { code: "unreadable", message: "x" }, 1).run();
    await consume({ kind: "erase", videoId, scope: "media", outboxId: "msg_x" });
    expect(await keys()).toEqual([]);
    const video = await (await call("GET", `/v1/videos/${videoId}`, { token })).json<Video>();
    expect([video.status.state, video.playbackIds.length]).toEqual(["error", 1]);
  });

  it.each(["video", "media"] as const)(
    "by a stray message (%s) never touches a video that lives",
    async (scope) => {
      vi.spyOn(console, "error").mockImplementation(() => undefined);
      const videoId = await create();
      await store(sourceKey(videoId));
      const result = await consume({ kind: "erase", videoId, scope, outboxId: "msg_x" });
      expect(result.explicitAcks).toHaveLength(1);
      expect(await keys()).toEqual([sourceKey(videoId)]);
    },
  );

  it("that no retry could do is told of and stays in the outbox", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const videoId = await create();
    await call("DELETE", `/v1/videos/${videoId}`, { token });
    const [now] = await outbox();
    if (now === undefined) throw new Error("a message");
    const result = await consume(now.message, consumeEraseDead);
    expect(result.explicitAcks).toHaveLength(1);
    expect(logged.mock.calls.join()).toContain("video.eraseDead");
    expect(await outbox()).toHaveLength(2);
  });
});
