// The whole API with nothing but fetch, as the README shows it: create, upload, watch it become ready, page
// through a library, delete, and nothing is left.
import { execFile, spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeClip } from "../scripts/demo/clip.ts";
import { waitForVideo } from "../scripts/demo/video.ts";
import { buildClient } from "../scripts/stack/client-package.ts";
import { listBucket } from "../scripts/proof/media.ts";
import { startTestStack, type TestStack } from "./stack.ts";

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(async () => {
  await stack?.stop();
});

const require = createRequire(import.meta.url);

/** The first block of that language on a page of docs/. */
function shownIn(page: string, language: string): string {
  const text = readFileSync(join(import.meta.dirname, "../docs", page), "utf8");
  const block = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1];
  if (block === undefined) throw new Error(`docs/${page} shows no ${language}`);
  return block;
}

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

  test("what docs/ shows of the client, as it stands there, uploads a film and makes an upload for a browser", async () => {
    const folder = join(stack.scratch, "client");
    mkdirSync(join(folder, "node_modules/sluice"), { recursive: true });
    await buildClient(join(folder, "node_modules/sluice"));
    symlinkSync(
      dirname(require.resolve("tus-js-client/package.json")),
      join(folder, "node_modules/tus-js-client"),
    );
    await makeClip({ path: join(folder, "film.mp4"), durationSeconds: 3, width: 320, height: 180 });
    const given = `import { readFileSync } from "node:fs";
      const apiKey = ${JSON.stringify(stack.apiKey)};
      const file = Object.assign(readFileSync("film.mp4"), { name: "film.mp4" });`;
    const told = `console.log(JSON.stringify([upload.state, videoId, url]));`;
    const code = [given, shownIn("api.md", "ts"), shownIn("uploads.md", "ts"), told].join("\n");
    writeFileSync(join(folder, "shown.mjs"), code.replaceAll("https://video.example", stack.url));
    const { stdout } = await promisify(execFile)(process.execPath, ["shown.mjs"], { cwd: folder });
    const [state, videoId, url] = JSON.parse(stdout) as readonly [string, string, string];
    expect(state).toBe("completed");
    expect(url).toMatch(`${stack.url}/v1/uploads/`);
    const made = await call<{ creator: string; status: { state: string } }>("GET", `/v1/videos/${videoId}`);
    expect([made.body.creator, made.body.status.state]).toEqual(["u_81", "awaitingUpload"]);
  });

  test("what docs/events.md shows, as it stands there, hears what happens to its video", async () => {
    const { body: video } = await call<{ id: string }>("POST", "/v1/videos", { title: "Heard" });
    const given = `const key = ${JSON.stringify(stack.apiKey)};
      const videoId = ${JSON.stringify(video.id)};
      const fetch = (path, how) => globalThis.fetch(new URL(path, ${JSON.stringify(stack.url)}), how);`;
    const code = [given, shownIn("events.md", "js")].join("\n");
    const path = join(stack.scratch, "events.mjs");
    writeFileSync(path, code.replace("wss://sluice.example", stack.url.replace(/^http/, "ws")));
    const program = spawn(process.execPath, [path], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      let heard = "";
      program.stdout.setEncoding("utf8").on("data", (text: string) => (heard += text));
      await expect.poll(() => heard, { timeout: 20_000 }).toContain("hello");
      await call("PATCH", `/v1/videos/${video.id}`, { title: "Heard again" });
      await expect.poll(() => heard, { timeout: 20_000 }).toContain("video.updated");
    } finally {
      program.kill();
    }
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
