// The whole API with nothing but fetch, as the README shows it: create, upload, watch it become ready, page
// through a library, delete, and nothing is left.
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeClip } from "../scripts/demo/clip.ts";
import { waitForVideo } from "../scripts/demo/video.ts";
import { listBucket } from "../scripts/proof/media.ts";
import { startTestStack, type TestStack } from "./stack.ts";

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(async () => {
  await stack?.stop();
});

interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

async function call<T>(method: string, path: string, body?: unknown, key = stack.apiKey): Promise<Answer<T>> {
  const answer = await fetch(new URL(path, stack.url), {
    method,
    headers: {
      Authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: (text === "" ? null : JSON.parse(text)) as T,
  };
}

interface Problem {
  readonly code: string;
  readonly requestId: string;
}

describe("a video's life by fetch alone", () => {
  test("upload URL, plain PUT without a key, ready, playable, deleted, and no object or row left", async () => {
    const path = join(stack.scratch, "film.mp4");
    await makeClip({ path, durationSeconds: 3, width: 320, height: 180 });
    const file = readFileSync(path);
    const created = await call<{ videoId: string; url: string }>("POST", "/v1/uploads", {
      title: "A film",
      sizeBytes: file.length,
    });
    expect(created.status).toBe(201);
    const { videoId, url } = created.body;
    expect((await fetch(url, { method: "PUT", body: file })).status).toBeLessThan(300);
    const video = await waitForVideo(stack, videoId, ({ status }) => status.state === "ready", {
      deadlineSeconds: 60,
    });
    const hlsUrl = video.playbackIds[0]?.hlsUrl ?? "";
    expect((await fetch(hlsUrl)).status).toBe(200);

    expect((await call("DELETE", `/v1/videos/${videoId}`)).status).toBe(204);
    expect((await call<Problem>("GET", `/v1/videos/${videoId}`)).body.code).toBe("notFound");
    const left = async () => (await listBucket(stack)).filter(({ key }) => key.includes(videoId));
    await expect.poll(left, { timeout: 20_000 }).toEqual([]);
    // As soon as the playback record's freshness allows.
    await expect.poll(async () => (await fetch(hlsUrl)).status, { timeout: 20_000, interval: 500 }).toBe(404);
  });

  test("the program of README.md, as it stands there, uploads a film and tells where it plays", async () => {
    const page = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
    const code = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    const folder = join(stack.scratch, "newcomer");
    mkdirSync(join(folder, ".sluice"), { recursive: true });
    writeFileSync(join(folder, "first.mjs"), code);
    const { url, apiKey } = stack;
    writeFileSync(join(folder, ".sluice/dev.json"), JSON.stringify({ url, apiKey }));
    await makeClip({ path: join(folder, "holiday.mov"), durationSeconds: 3, width: 320, height: 180 });
    const program = promisify(execFile)(process.execPath, ["first.mjs", "holiday.mov"], { cwd: folder });
    const { stdout } = await program;
    const [state, percent, unit, watchUrl = ""] = stdout.trim().split("\n").at(-1)?.split(" ") ?? [];
    expect([state, percent, unit]).toEqual(["ready", "100", "%"]);
    expect((await fetch(watchUrl)).status).toBe(200);
  });

  test("a key of narrow scope may do only that, and a revoked one nothing", async () => {
    const made = await call<{ id: string; token: string }>("POST", "/v1/api-keys", {
      name: "reader",
      scopes: ["videos:read"],
    });
    expect(made.status).toBe(201);
    const { id, token } = made.body;
    expect((await call("GET", "/v1/videos", undefined, token)).status).toBe(200);
    expect((await call<Problem>("POST", "/v1/videos", { title: "x" }, token)).body.code).toBe("forbidden");
    expect((await call("DELETE", `/v1/api-keys/${id}`)).status).toBe(204);
    expect((await call<Problem>("GET", "/v1/videos", undefined, token)).body.code).toBe("unauthenticated");
  });

  test("the contract, the health and the metrics of the stack that runs are there", async () => {
    const openapi = await call<{ openapi: string; paths: Record<string, unknown> }>("GET", "/openapi.json");
    expect(openapi.body.openapi).toBe("3.1.0");
    expect(Object.keys(openapi.body.paths)).toContain("/v1/videos/{videoId}");
    expect((await call<{ status: string }>("GET", "/healthz")).body.status).toBe("ok");
    expect((await fetch(`${stack.url}/metrics`)).status).toBe(401);
    const scrape = async () =>
      await (
        await fetch(`${stack.url}/metrics`, { headers: { Authorization: `Bearer ${stack.metricsToken}` } })
      ).text();
    // Isolates hand in what they counted every ten seconds.
    await expect
      .poll(scrape, { timeout: 30_000, interval: 1000 })
      .toMatch(/transcoding_jobs_total\{[^}]*\} [1-9]/);
    expect(await scrape()).toMatch(/video_views_total(\{[^}]*\})? [1-9]/);
  });
});
