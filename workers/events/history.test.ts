// What happened to a video, through the Worker's own entry and the queue's own consumer.
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import "#workers/testing/loaded-objects.ts";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import { fakeProbe, FakeRunner } from "#workers/testing/fake-runner.ts";
import { uploadedVideo } from "#workers/testing/uploaded-video.ts";
import { WebhookQueue } from "#workers/testing/webhook-queue.ts";
import type { EventMessage } from "#workers/webhooks/message.ts";
import type { PastEventView } from "./history-contract.ts";
import { sweepHistory } from "./history.ts";

let token: string;
let queue: WebhookQueue;
beforeEach(async () => {
  queue = new WebhookQueue(Date.now());
  token = await insertApiKey("videos:read", "videos:write", "jobs:write", "jobs:read");
});
afterEach(() => vi.restoreAllMocks());

/** Whoever sent them, and twice. */
async function deliverAll(): Promise<void> {
  const { results } = await env.DB.prepare("SELECT body FROM outbox WHERE queue = 'event'").all<{
    body: string;
  }>();
  const messages = results.map(({ body }) => JSON.parse(body) as EventMessage);
  await Promise.all([queue.give(messages), queue.give(messages)]);
  await queue.give(messages);
}

interface HistoryPage {
  readonly data: readonly PastEventView[];
  readonly nextCursor: string | null;
}

async function historyOf(videoId: string, query = ""): Promise<HistoryPage> {
  const answer = await call("GET", `/v1/videos/${videoId}/events${query}`, { token });
  expect(answer.status).toBe(200);
  return answer.json();
}

async function makeVideo(): Promise<string> {
  const made = await call("POST", "/v1/videos", { token, json: { title: "a" } });
  return (await made.json<{ id: string }>()).id;
}

it("is told newest first, each event once, however often it comes", async () => {
  const videoId = await makeVideo();
  await call("PATCH", `/v1/videos/${videoId}`, { token, json: { title: "b" } });
  const vtt = "WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n";
  const headers = { "Content-Type": "text/vtt" };
  await call("PUT", `/v1/videos/${videoId}/captions/en`, { token, body: vtt, headers });
  await deliverAll();
  const { data, nextCursor } = await historyOf(videoId);
  expect(data.map(({ type, subject }) => [type, subject])).toEqual([
    ["caption.created", "en"],
    ["video.updated", null],
    ["video.created", null],
  ]);
  expect(new Set(data.map(({ id }) => id)).size).toBe(3);
  expect(nextCursor).toBeNull();
});

it("of an encoding that is over tells how it went, when the board has forgotten it", async () => {
  const { videoId } = await uploadedVideo(env);
  const board = env.SCHEDULER.getByName("board");
  await board.submit({ videoId, version: 1, sourceKey: `sources/${videoId}/original`, sizeBytes: 5_000 });
  const runner = new FakeRunner();
  const probe = fakeProbe({ seconds: 4, sound: true, picture: true });
  for (let task = await runner.claim(); task !== null; task = await runner.claim())
    await runner.work(task, probe);
  expect(await board.job(videoId, false)).toBeNull();
  await deliverAll();
  const { data } = await historyOf(videoId, "?type=job.*");
  expect(data.map(({ type, job }) => [type, job?.state, job?.percent])).toEqual([
    ["job.completed", "completed", 100],
    ["job.started", "queued", 0],
  ]);
  expect(data[0]?.job?.taskCounts.done).toBe(data[0]?.job?.taskCounts.total);
});

it("of an encoding that failed tells why, and comes page by page whatever happens meanwhile", async () => {
  const { videoId } = await uploadedVideo(env);
  const board = env.SCHEDULER.getByName("board");
  await board.submit({ videoId, version: 1, sourceKey: `sources/${videoId}/original`, sizeBytes: 5_000 });
  await call("POST", `/v1/jobs/${videoId}/pause`, { token });
  await call("POST", `/v1/jobs/${videoId}/cancel`, { token });
  await deliverAll();
  const all = await historyOf(videoId);
  expect(all.data.map(({ type, error }) => [type, error?.code])).toEqual([
    ["job.failed", "encodeCancelled"],
    ["video.failed", "encodeCancelled"],
    ["job.paused", undefined],
    ["video.created", undefined],
  ]);
  const seen: string[] = [];
  let cursor = "";
  for (;;) {
    const page = await historyOf(videoId, `?limit=1${cursor}`);
    seen.push(...page.data.map(({ id }) => id));
    if (page.nextCursor === null) break;
    cursor = `&cursor=${page.nextCursor}`;
    await call("PATCH", `/v1/videos/${videoId}`, { token, json: { title: `meanwhile ${seen.length}` } });
    await deliverAll();
  }
  expect(seen).toEqual(all.data.map(({ id }) => id));
});

it("goes with its video, and nothing of it is noted afterwards", async () => {
  const [videoId, other] = [await makeVideo(), await makeVideo()];
  await deliverAll();
  await call("PATCH", `/v1/videos/${videoId}`, { token, json: { title: "late" } });
  await call("DELETE", `/v1/videos/${videoId}`, { token });
  await deliverAll();
  const kept = await env.DB.prepare("SELECT video_id FROM video_events").all<{ video_id: string }>();
  expect(kept.results.map(({ video_id }) => video_id)).not.toContain(videoId);
  expect((await call("GET", `/v1/videos/${videoId}/events`, { token })).status).toBe(404);
  expect((await historyOf(other)).data).toHaveLength(1);
});

it("is kept for ninety days", async () => {
  const videoId = await makeVideo();
  await deliverAll();
  await sweepHistory(env.DB, Date.now() + 89 * 86_400_000);
  expect((await historyOf(videoId)).data).toHaveLength(1);
  await sweepHistory(env.DB, Date.now() + 91 * 86_400_000);
  expect((await historyOf(videoId)).data).toHaveLength(0);
});

it("that can't be understood holds no webhook up", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const videoId = await makeVideo();
  await env.DB.prepare("UPDATE outbox SET resource = '{' WHERE resource LIKE ?").bind(`%${videoId}%`).run();
  await deliverAll();
  expect(await env.DB.prepare("SELECT count(*) AS n FROM outbox WHERE queue = 'event'").first("n")).toBe(0);
});

it.each(["type=nothing.*", "type=", "limit=0", "cursor=x", "cursor=eCB5.abcdefghijkl"])(
  "asked for by ?%s is refused",
  async (query) => {
    const videoId = await makeVideo();
    expect((await call("GET", `/v1/videos/${videoId}/events?${query}`, { token })).status).toBe(400);
  },
);
