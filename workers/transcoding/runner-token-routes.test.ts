import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { encode, expectStatus, fakeProbe, FakeRunner } from "#workers/testing/fake-runner.ts";
import { uploadedVideo } from "#workers/testing/uploaded-video.ts";
import { authenticateRunner, forgetRunnerToken } from "./runner-token-check.ts";

interface Created {
  readonly id: string;
  readonly token: string;
}

let admin: string;
beforeAll(async () => {
  admin = await insertApiKey("admin");
});

const board = () => env.SCHEDULER.getByName("board");
const probe = fakeProbe({ seconds: 40, sound: true, picture: true });

async function create(limits: object = {}): Promise<Created> {
  const response = await call("POST", "/v1/runner-tokens", {
    token: admin,
    json: { name: "box", ...limits },
  });
  return (await expectStatus(201, Promise.resolve(response))).json();
}

const revoke = (id: string) => call("DELETE", `/v1/runner-tokens/${id}`, { token: admin });

async function submitted(creator: string | null = null): Promise<string> {
  const { videoId } = await uploadedVideo(env);
  await env.DB.prepare("UPDATE videos SET creator = ? WHERE id = ?").bind(creator, videoId).run();
  await board().submit({ videoId, version: 1, sourceKey: `sources/${videoId}/original`, sizeBytes: 5000 });
  return videoId;
}

beforeEach(async () => {
  const jobs = await env.DB.prepare("SELECT id FROM videos").all<{ id: string }>();
  for (const { id } of jobs.results) await board().cancel(id);
});

describe("runner tokens", () => {
  it("are shown once and kept as a hash", async () => {
    const created = await create({ kinds: ["video"], creator: "u_1" });
    expect(created).toMatchObject({ name: "box", kinds: ["video"], creator: "u_1", videoId: null });
    const secret = created.token.slice(`sluice_${created.id}_`.length);
    const rows = await env.DB.prepare("SELECT * FROM runner_tokens").all();
    expect(JSON.stringify(rows.results)).not.toContain(secret);
    const listed = await (await call("GET", "/v1/runner-tokens", { token: admin })).text();
    expect(listed).toContain(created.id);
    expect(listed).not.toContain(secret);
  });

  it("are the admin's to make, list and revoke", async () => {
    const other = await insertApiKey("videos:write");
    for (const [method, path] of [
      ["POST", "/v1/runner-tokens"],
      ["GET", "/v1/runner-tokens"],
      ["DELETE", "/v1/runner-tokens/rtk_1"],
    ] as const) {
      const json = method === "POST" ? { name: "x" } : undefined;
      const sent = json === undefined ? {} : { json };
      expect((await call(method, path, sent)).status).toBe(401);
      expect((await call(method, path, { token: other, ...sent })).status).toBe(403);
    }
    expect((await revoke("rtk_1")).status).toBe(404);
  });

  it.each([
    ["no name", { name: " " }],
    ["a kind there is not", { kinds: ["mining"] }],
    ["no kind", { kinds: [] }],
    ["a kind twice", { kinds: ["video", "video"] }],
    ["a video id that is none", { videoId: "vid_1" }],
    ["an end that has passed", { expiresAt: "2020-01-01T00:00:00Z" }],
    ["a field there is not", { scope: "all" }],
  ])("are not made with %s", async (_, json) => {
    const response = await call("POST", "/v1/runner-tokens", { token: admin, json: { name: "x", ...json } });
    expect([response.status, (await problemOf(response)).code]).toEqual([422, "unprocessable"]);
  });

  it("say when they were used, to the minute", async () => {
    const { id, token } = await create();
    await new FakeRunner("r", token).claim();
    const lastUsed = () =>
      env.DB.prepare("SELECT last_used_at FROM runner_tokens WHERE id = ?").bind(id).first("last_used_at");
    await expect.poll(lastUsed).not.toBeNull();
  });

  it("are refused with a wrong secret, when they have expired, and an API key is none", async () => {
    const { token } = await create();
    const wrong = `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`;
    const expiring = await create({ expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
    const headers = (given: string) => new Headers({ Authorization: `Bearer ${given}` });
    const nowMs = Date.now();
    expect((await authenticateRunner(headers(wrong), env, nowMs)).ok).toBe(false);
    expect((await authenticateRunner(headers(admin), env, nowMs)).ok).toBe(false);
    expect((await authenticateRunner(headers(expiring.token), env, nowMs)).ok).toBe(true);
    expect((await authenticateRunner(headers(expiring.token), env, nowMs + 3_600_000)).ok).toBe(false);
  });
});

describe("a revoked runner token", () => {
  it("is refused within 5 s where it was revoked elsewhere", async () => {
    const { id, token } = await create();
    const headers = new Headers({ Authorization: `Bearer ${token}` });
    const nowMs = Date.now();
    expect((await authenticateRunner(headers, env, nowMs)).ok).toBe(true);
    await env.DB.prepare("UPDATE runner_tokens SET revoked_at = 1 WHERE id = ?").bind(id).run();
    expect((await authenticateRunner(headers, env, nowMs + 4_999)).ok).toBe(false);
  });

  it("ends its runner's claims, heartbeats, reports, renewals and object URLs at once", async () => {
    const { id, token } = await create();
    const videoId = await submitted();
    const runner = new FakeRunner("boxed", token);
    await runner.work(await runner.mustClaim(), probe);
    const task = await runner.mustClaim();
    const [made] = encode(task);
    const { url, renewal } = task.work.source;
    const read = () => call("GET", new URL(url).pathname, { headers: { Range: "bytes=0-9" } });
    await (await expectStatus(206, read())).body?.cancel();
    expect((await revoke(id)).status).toBe(204);
    const refused = [
      await runner.post("claim", {
        runnerId: "r",
        cpus: 1,
        codecs: ["h264"],
        ffmpegVersion: "5",
        waitSeconds: 0,
      }),
      await runner.heartbeat(task, 0.5),
      await runner.report(task, made?.chunk ?? 0, made ? [made.track] : []),
      await runner.complete(task, { kind: "chunks" }),
      await runner.fail(task, "handback"),
      await runner.say(task, "urls", { renewal }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401]);
    expect((await read()).status).toBe(403);
    expect((await runner.put(made?.url ?? "", made?.bytes ?? new Uint8Array(1))).status).toBe(403);
    expect((await env.MEDIA.list({ prefix: `videos/${videoId}/1/v` })).objects).toEqual([]);
    expect((await revoke(id)).status).toBe(404);
  });

  it("gets no task by a claim that it had held open", async () => {
    const { id, token } = await create();
    const claim = { runnerId: "r", cpus: 1, codecs: ["h264", "aac"], ffmpegVersion: "5", waitSeconds: 20 };
    const held = new FakeRunner("held", token).post("claim", claim);
    const waiting = () => runInDurableObject(board(), () => true);
    await waiting();
    await env.DB.prepare("UPDATE runner_tokens SET revoked_at = 1 WHERE id = ?").bind(id).run();
    forgetRunnerToken(id);
    await submitted();
    expect((await held).status).toBe(401);
    // It went back to the board as it was.
    expect((await new FakeRunner().mustClaim()).work.kind).toBe("probe");
  });
});

describe("a runner token with limits", () => {
  it("claims only the kinds it is for", async () => {
    const images = new FakeRunner("images", (await create({ kinds: ["images"] })).token);
    await submitted();
    expect(await images.claim()).toBeNull();
    const fleet = new FakeRunner();
    await fleet.work(await fleet.mustClaim(), probe);
    expect((await images.mustClaim()).work.kind).toBe("images");
    expect(await images.claim()).toBeNull();
  });

  it("claims only of its video, or of its creator's", async () => {
    const theirs = await submitted("u_2");
    const ours = await submitted("u_1");
    const byVideo = new FakeRunner("v", (await create({ videoId: ours })).token);
    expect((await byVideo.mustClaim()).videoId).toBe(ours);
    expect(await byVideo.claim()).toBeNull();
    const byCreator = new FakeRunner("c", (await create({ creator: "u_2" })).token);
    expect((await byCreator.mustClaim()).videoId).toBe(theirs);
    expect(await byCreator.claim()).toBeNull();
  });

  it("is not heard on a task that another token holds, and gets no URL of it", async () => {
    await submitted();
    const fleet = new FakeRunner();
    const task = await fleet.mustClaim();
    const stranger = new FakeRunner("stranger", (await create()).token);
    const other = { ...task, lease: "AAAA" };
    for (const response of [
      await stranger.heartbeat(task, 0.5),
      await stranger.fail(other, "source", "unreadable"),
      await stranger.complete(other, { kind: "probe", probe }),
      await stranger.say(other, "urls", { renewal: task.work.source.renewal }),
    ]) {
      expect((await problemOf(response)).code).toBe("leaseLost");
    }
    await expectStatus(200, fleet.heartbeat(task, 0.5));
  });

  it("does its own tasks like the fleet's", async () => {
    const videoId = await submitted();
    const { token } = await create();
    const order = await new FakeRunner("mine", token).workAll(probe);
    expect(order.length).toBeGreaterThan(2);
    const row = await env.DB.prepare("SELECT state FROM videos WHERE id = ?").bind(videoId).first("state");
    expect(row).toBe("ready");
  });
});
