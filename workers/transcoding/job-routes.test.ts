import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { VideoEvent } from "#workers/events/live-contract.ts";
import { sweepOutbox } from "#workers/outbox/outbox.ts";
import { versionPrefix } from "#workers/storage/keys.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { expectStatus, fakeProbe, FakeRunner } from "#workers/testing/fake-runner.ts";
import { keepEvents, toldEvents } from "#workers/testing/told-events.ts";
import { uploadedVideo } from "#workers/testing/uploaded-video.ts";
import { maxFailures } from "./board.ts";
import type { Task } from "./contract.ts";
import { jobProgress } from "./job-progress.ts";
import { failedKeptMs } from "./fail-video.ts";

const probe = fakeProbe({ seconds: 20, sound: true, picture: true });
const runner = new FakeRunner();
const board = () => env.SCHEDULER.getByName("board");
const tokens = { reader: "", writer: "", stranger: "" };
let lastEvent = 0;

beforeAll(async () => {
  tokens.reader = await insertApiKey("jobs:read");
  tokens.writer = await insertApiKey("jobs:read", "jobs:write");
  tokens.stranger = await insertApiKey("videos:write");
});
afterEach(async () => {
  vi.restoreAllMocks();
  await runInDurableObject(board(), (instance) => {
    instance.nowMs = Date.now;
  });
  await command("board/resume");
  const rows = await env.DB.prepare("SELECT id FROM videos").all<{ id: string }>();
  for (const { id } of rows.results) await board().cancel(id);
  await env.DB.prepare("DELETE FROM videos").run();
  lastEvent = (await env.EVENT_HUB.getByName("hub").since(0)).at(-1)?.sequence ?? 0;
});

interface JobBody {
  readonly videoId: string;
  readonly state: string;
  readonly percent: number;
  readonly etaSeconds: number | null;
  readonly taskCounts: Readonly<Record<string, number>>;
  readonly error: { readonly code: string } | null;
  readonly deadTasks: readonly { readonly kind: string; readonly error: { readonly message: string } }[];
  readonly tasks: readonly {
    readonly kind: string;
    readonly phase: string;
    readonly attempt: number;
    readonly progress: number;
    readonly runner: string | null;
    readonly error: unknown;
  }[];
}
interface PageBody {
  readonly data: readonly JobBody[];
  readonly nextCursor: string | null;
}

async function get<T = JobBody>(path: string): Promise<T> {
  return (await expectStatus(200, call("GET", `/v1/jobs${path}`, { token: tokens.reader }))).json();
}
const command = (path: string, token = tokens.writer) => call("POST", `/v1/jobs/${path}`, { token });

async function submitted(priority = "normal"): Promise<string> {
  const { videoId, version } = await uploadedVideo(env);
  await env.DB.prepare("UPDATE videos SET priority = ? WHERE id = ?").bind(priority, videoId).run();
  await board().submit({ videoId, version, sourceKey: `sources/${videoId}/original`, sizeBytes: 5000 });
  return videoId;
}
async function planned(): Promise<string> {
  const videoId = await submitted();
  await runner.work(await runner.mustClaim(), probe);
  return videoId;
}
async function setClock(nowMs: number): Promise<void> {
  await runInDurableObject(board(), (instance) => {
    instance.nowMs = () => nowMs;
  });
}
/** Fails as often as it takes for the board to give it up. */
async function failForGood(): Promise<Task> {
  let nowMs = Date.now();
  for (let round = 1; ; round++) {
    await setClock(nowMs);
    const task = await runner.mustClaim();
    await expectStatus(204, runner.fail(task, "runner"));
    if (round === maxFailures) return task;
    nowMs += 60_000;
  }
}
const video = (id: string) =>
  env.DB.prepare("SELECT state, playable, percent, error_code FROM videos WHERE id = ?").bind(id).first();

async function events(videoId: string): Promise<VideoEvent[]> {
  const stored = await env.EVENT_HUB.getByName("hub").since(lastEvent);
  return stored.map(({ event }) => event).filter((event) => event.videoId === videoId);
}

describe("the jobs API", () => {
  it("is for those who have its scopes", async () => {
    expect((await call("GET", "/v1/jobs")).status).toBe(401);
    expect((await call("GET", "/v1/jobs", { token: tokens.stranger })).status).toBe(403);
    expect((await command("board/pause", tokens.reader)).status).toBe(403);
    expect((await command("vid_x/requeue", tokens.reader)).status).toBe(403);
    expect((await command("vid_x/cancel", tokens.stranger)).status).toBe(403);
  });

  it.each([
    ["GET", "/v1/jobs?limit=0", 400, "invalidParameter"],
    ["GET", "/v1/jobs?limit=1e9", 400, "invalidParameter"],
    ["GET", "/v1/jobs?state=ready", 400, "invalidParameter"],
    ["GET", "/v1/jobs?cursor=", 400, "invalidParameter"],
    ["GET", "/v1/jobs?cursor=%00.%00", 400, "invalidCursor"],
    ["GET", "/v1/jobs?cursor=AAAA.AAAA", 400, "invalidCursor"],
    ["GET", `/v1/jobs?cursor=${"A".repeat(201)}`, 400, "invalidParameter"],
    ["GET", "/v1/jobs/dead-letters?limit=-1", 400, "invalidParameter"],
    ["GET", "/v1/jobs/vid_nobody", 404, "notFound"],
    ["GET", "/v1/jobs/%27%20OR%201=1--", 404, "notFound"],
    ["GET", `/v1/jobs/${"x".repeat(65)}`, 400, "invalidParameter"],
    ["POST", "/v1/jobs/vid_nobody/pause", 404, "notFound"],
    ["POST", "/v1/jobs/vid_nobody/requeue", 404, "notFound"],
    ["POST", "/v1/jobs/vid_nobody/explode", 404, "notFound"],
    ["DELETE", "/v1/jobs/vid_nobody", 405, "methodNotAllowed"],
  ])("answers %s %s with %i %s", async (method, path, status, code) => {
    const response = await call(method, path, { token: tokens.writer });
    expect(await problemOf(response)).toMatchObject({ status, code });
  });

  it("refuses the cursor of one list in another", async () => {
    for (let index = 0; index < 2; index++) await submitted();
    const { nextCursor } = await get<PageBody>("?limit=1");
    const other = await call("GET", `/v1/jobs?state=queued&cursor=${nextCursor}`, { token: tokens.reader });
    expect(await problemOf(other)).toMatchObject({ code: "invalidCursor" });
  });

  it("lists jobs newest first, page by page, each once", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) {
      // Two of one millisecond among them.
      await setClock(1_000 + Math.floor(index / 2));
      ids.push(await submitted());
    }
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: PageBody = await get(`?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...page.data.map(({ videoId }) => videoId));
      cursor = page.nextCursor;
    }
    expect(seen).toHaveLength(5);
    expect(new Set(seen)).toEqual(new Set(ids));
    expect(seen[0]).toBe(ids.at(-1));
  });

  it("finds jobs by what they are doing", async () => {
    const queued = await submitted("low");
    const running = await submitted("high");
    const paused = await submitted();
    await expectStatus(200, command(`${paused}/pause`));
    expect((await runner.mustClaim()).videoId).toBe(running);
    const found = async (state: string) =>
      (await get<PageBody>(`?state=${state}`)).data.map(({ videoId }) => videoId);
    expect(await found("queued")).toEqual([queued]);
    expect(await found("running")).toEqual([running]);
    expect(await found("paused")).toEqual([paused]);
    expect(await found("failed")).toEqual([]);
  });

  it("tells of every task who has it and how far it is", async () => {
    const videoId = await planned();
    const task = await runner.mustClaim();
    await expectStatus(200, runner.heartbeat(task, 0.5));
    const job = await get(`/${videoId}`);
    expect(job).toMatchObject({ videoId, state: "running", priority: "normal", error: null, deadTasks: [] });
    expect(job.percent).toBeGreaterThan(0);
    const { total, done, running, waiting, dead } = job.taskCounts;
    expect({ total, done, running, dead }).toEqual({ total: job.tasks.length, done: 1, running: 1, dead: 0 });
    expect(waiting).toBe(job.tasks.length - 2);
    expect(job.tasks.filter(({ phase }) => phase === "leased")).toEqual([
      expect.objectContaining({ kind: "video", attempt: 1, progress: 0.5, runner: "fake", error: null }),
    ]);
    expect(Object.keys(job.tasks[0] ?? {}).toSorted()).toEqual([
      "attempt",
      "chunk",
      "error",
      "failures",
      "id",
      "kind",
      "lapses",
      "phase",
      "progress",
      "runner",
      "track",
    ]);
    expect(await jobProgress(env, videoId)).toEqual({
      percent: job.percent,
      etaSeconds: job.etaSeconds,
      tasks: job.taskCounts,
    });
    expect(await jobProgress(env, "vid_nobody")).toBeNull();
  });

  it("does not guess the time left before a task was measured, and does it from the measure afterwards", async () => {
    await setClock(1_000_000);
    // What other tests took is nothing to go by.
    await runInDurableObject(board(), (_, state) => {
      state.storage.sql.exec("DELETE FROM figures WHERE name LIKE 'measured%'");
    });
    const videoId = await planned();
    const first = await runner.mustClaim();
    expect((await get(`/${videoId}`)).etaSeconds).toBeNull();
    await setClock(1_000_000 + 10_000);
    await runner.work(first, probe);
    // Nobody works: no telling when somebody will.
    expect((await get(`/${videoId}`)).etaSeconds).toBeNull();
    await setClock(1_000_000 + 20_000);
    await runner.mustClaim();
    const { etaSeconds } = await get(`/${videoId}`);
    expect(etaSeconds).toBeGreaterThan(10);
    expect(etaSeconds).toBeLessThan(200);
  });
});

describe("pausing", () => {
  it("of a video gives out none of its tasks, lets the running one end, and resumes where it stood", async () => {
    const videoId = await planned();
    const running = await runner.mustClaim();
    await expectStatus(200, command(`${videoId}/pause`));
    const again = await expectStatus(200, command(`${videoId}/pause`));
    expect(await again.json()).toMatchObject({ state: "paused", etaSeconds: null });
    expect(await runner.claim()).toBeNull();
    await runner.work(running, probe);
    expect(await runner.claim()).toBeNull();
    await expectStatus(200, command(`${videoId}/resume`));
    await runner.workAll(probe);
    expect(await video(videoId)).toMatchObject({ state: "ready" });
  });

  it("holds back what comes back: a task that is handed back, and what the probe plans", async () => {
    const videoId = await submitted();
    const task = await runner.mustClaim();
    await expectStatus(200, command(`${videoId}/pause`));
    await runner.work(task, probe);
    expect(await runner.claim()).toBeNull();
    await expectStatus(200, command(`${videoId}/resume`));
    const first = await runner.mustClaim();
    await expectStatus(200, command(`${videoId}/pause`));
    await expectStatus(204, runner.fail(first, "handback"));
    expect(await runner.claim()).toBeNull();
    await expectStatus(200, command(`${videoId}/resume`));
    expect(await runner.mustClaim()).toMatchObject({ id: first.id, attempt: 2 });
  });

  it("is told of once, as the job was then, though it was said twice and the first telling failed", async () => {
    keepEvents();
    const videoId = await planned();
    await runInDurableObject(board(), async (instance) => {
      const db = vi.spyOn(instance["env"].DB, "prepare").mockImplementation(() => {
        throw new Error("no database");
      });
      await instance.command({ kind: "pause", videoId });
      await instance.command({ kind: "pause", videoId });
      expect(db).toHaveBeenCalled();
      db.mockRestore();
    });
    await setClock(Date.now() + 3_600_000);
    await runDurableObjectAlarm(board());
    await expectStatus(200, command(`${videoId}/resume`));
    await expectStatus(200, command(`${videoId}/cancel`));
    await expectStatus(200, command(`${videoId}/requeue`));
    const told = (await toldEvents()).filter(({ data }) => "deadTasks" in data && data.videoId === videoId);
    expect(told.map(({ type, data }) => [type, "state" in data ? data.state : null])).toEqual([
      ["job.started", "queued"],
      ["job.paused", "paused"],
      ["job.resumed", "queued"],
      ["job.failed", "failed"],
      ["job.requeued", "queued"],
      ["job.started", "queued"],
    ]);
  });

  it("of the board holds everything, and resuming answers those who wait", async () => {
    await submitted();
    expect(await (await expectStatus(200, command("board/pause"))).json()).toEqual({ paused: true });
    // No machine is kept running for what is held back.
    expect((await board().stats()).openTasks).toBe(0);
    expect(await get("/board")).toEqual({ paused: true, jobs: 1, openTasks: 0 });
    const waiting = runner.claim(20);
    const other = await submitted();
    expect((await get(`/${other}`)).state).toBe("paused");
    expect((await get<PageBody>("?state=paused")).data).toHaveLength(2);
    await expectStatus(200, command("board/resume"));
    expect((await board().stats()).openTasks).toBe(2);
    expect(await waiting).toMatchObject({ work: { kind: "probe" } });
  });
});

describe("cancelling", () => {
  it("fails the video, takes the tasks from their runners, and can be taken back", async () => {
    const videoId = await planned();
    const task = await runner.mustClaim();
    const answer = await expectStatus(200, command(`${videoId}/cancel`));
    expect(await answer.json()).toMatchObject({ state: "failed", error: { code: "encodeCancelled" } });
    expect(await video(videoId)).toMatchObject({ state: "error", error_code: "encodeCancelled" });
    await expectStatus(409, runner.heartbeat(task, 0.5));
    expect(await problemOf(await command(`${videoId}/cancel`))).toMatchObject({ code: "conflict" });
    expect(await problemOf(await command(`${videoId}/pause`))).toMatchObject({ code: "conflict" });
    await expectStatus(200, command(`${videoId}/requeue`));
    await runner.workAll(probe);
    expect(await video(videoId)).toMatchObject({ state: "ready", error_code: null });
  });
});

describe("what failed", () => {
  it("is a dead letter with its reason, and ends well when it is requeued, with what was finished before", async () => {
    const videoId = await planned();
    await runner.work(await runner.mustClaim(), probe);
    await runner.work(await runner.mustClaim(), probe);
    const chunkRows = () =>
      env.DB.prepare("SELECT count(*) AS rows FROM chunks WHERE video_id = ?").bind(videoId).first("rows");
    expect(await chunkRows()).toBe(1);
    const dead = await failForGood();
    expect(await video(videoId)).toMatchObject({ state: "error", error_code: "encodeFailed", playable: 0 });
    expect(await chunkRows()).toBe(0);
    const { data } = await get<PageBody>("/dead-letters");
    expect(data).toEqual([
      expect.objectContaining({
        videoId,
        state: "failed",
        error: { code: "encodeFailed", message: "it broke" },
        deadTasks: [
          expect.objectContaining({
            id: dead.id,
            phase: "dead",
            failures: maxFailures,
            error: { attempt: maxFailures, code: "encodeFailed", message: "it broke" },
          }),
        ],
      }),
    ]);

    await expectStatus(200, command(`${videoId}/requeue`));
    // The finished chunk is given to viewers again, before anything new is made.
    expect(await chunkRows()).toBe(1);
    expect(await video(videoId)).toMatchObject({ state: "processing", playable: 1, error_code: null });
    expect((await get<PageBody>("/dead-letters")).data).toEqual([]);
    await expectStatus(409, runner.heartbeat(dead, 0.5));
    await runner.workAll(probe);
    expect(await video(videoId)).toMatchObject({ state: "ready", percent: 100 });
    // The week is over: nothing that plays is erased.
    await sweepOutbox(env, Date.now() + 2 * failedKeptMs);
    expect(await env.MEDIA.head(`sources/${videoId}/original`)).not.toBeNull();
    const { objects } = await env.MEDIA.list({ prefix: versionPrefix(videoId, 1) });
    expect(objects.length).toBeGreaterThan(5);
  });

  it("is told to whoever listens, once each, in order", async () => {
    const videoId = await planned();
    await runner.work(await runner.mustClaim(), probe);
    await runner.work(await runner.mustClaim(), probe);
    const dead = await failForGood();
    // As if the board had died before it noted the end.
    await runInDurableObject(board(), (_, state) => {
      state.storage.sql.exec("UPDATE jobs SET ended_ms = NULL, due_ms = 1");
    });
    await runDurableObjectAlarm(board());
    await expectStatus(200, command(`${videoId}/requeue`));
    await runner.workAll(probe);
    const told = (await events(videoId)).filter(({ type }) => type !== "video.progress");
    expect(told.map(({ type }) => type)).toEqual([
      "video.playable",
      "task.dead",
      "video.failed",
      "video.playable",
      "video.ready",
    ]);
    expect(told[1]).toMatchObject({ taskId: dead.id, code: "encodeFailed", attempt: maxFailures });
    expect(told[2]).toMatchObject({ code: "encodeFailed", message: "it broke" });
  });

  it("is requeued from the probe when there was no plan", async () => {
    const videoId = await submitted();
    const task = await runner.mustClaim();
    const none = { container: "mp4", streams: [] };
    await expectStatus(204, runner.complete(task, { kind: "probe", probe: none }));
    expect(await video(videoId)).toMatchObject({ error_code: "noMedia" });
    await expectStatus(200, command(`${videoId}/requeue`));
    expect((await runner.workAll(probe))[0]).toBe("probe");
    expect(await video(videoId)).toMatchObject({ state: "ready" });
  });

  it("can't be requeued when its source is gone, or when it has not failed", async () => {
    const videoId = await planned();
    expect(await problemOf(await command(`${videoId}/requeue`))).toMatchObject({ code: "conflict" });
    await expectStatus(200, command(`${videoId}/cancel`));
    await env.MEDIA.delete(`sources/${videoId}/original`);
    expect(await problemOf(await command(`${videoId}/requeue`))).toMatchObject({ code: "gone", status: 410 });
  });

  it("is one job again however often it is requeued at once", async () => {
    const videoId = await planned();
    await expectStatus(200, command(`${videoId}/cancel`));
    const answers = await Promise.all(Array.from({ length: 5 }, () => command(`${videoId}/requeue`)));
    for (const { status } of answers) expect([200, 409]).toContain(status);
    const order = await runner.workAll(probe);
    expect(new Set(order).size).toBe(order.length);
    expect(await video(videoId)).toMatchObject({ state: "ready" });
  });

  it("is taken up by the alarm when the board died after it was asked to", async () => {
    const videoId = await planned();
    await expectStatus(200, command(`${videoId}/cancel`));
    await runInDurableObject(board(), (_, state) => {
      state.storage.sql.exec("UPDATE jobs SET reviving = 1, due_ms = 1 WHERE video_id = ?", videoId);
      return state.storage.setAlarm(Date.now() + 60_000);
    });
    await runDurableObjectAlarm(board());
    expect(await video(videoId)).toMatchObject({ state: "processing", error_code: null });
    await runner.workAll(probe);
    expect(await video(videoId)).toMatchObject({ state: "ready" });
  });

  it("is not erased when an old message to erase it comes after it was requeued", async () => {
    const videoId = await planned();
    await expectStatus(200, command(`${videoId}/cancel`));
    await expectStatus(200, command(`${videoId}/requeue`));
    expect(await board().forget(videoId)).toBe(false);
    await expectStatus(200, command(`${videoId}/cancel`));
    expect(await board().forget(videoId)).toBe(true);
    expect(await problemOf(await command(`${videoId}/requeue`))).toMatchObject({ code: "notFound" });
  });
});
