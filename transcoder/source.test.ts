import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ok } from "#workers/result.ts";
import { fullJitterMs } from "./back-off.ts";
import { readConfig } from "./config.ts";
import { sourceCache } from "./source-cache.ts";
import { fetchSource } from "./source-fetch.ts";
import { startTaskServer, type TaskServer } from "./testing/task-server.ts";

let dir: string;
let server: TaskServer;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-source-"));
  server = await startTaskServer();
});
afterAll(async () => {
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

const never = new AbortController().signal;
const mebibyte = 1024 * 1024;

function filled(megabytes: number): Buffer {
  const bytes = Buffer.alloc(megabytes * mebibyte);
  for (let at = 0; at < bytes.length; at++) bytes[at] = at * 31 + (at >> 12);
  return bytes;
}

function wanted(videoId: string, bytes: Buffer) {
  return { videoId, version: 1, ...server.addSource(videoId, bytes) };
}

const gets = (name: string) =>
  server.requests.filter((line) => line.startsWith("GET") && line.endsWith(name)).length;

describe("a source", () => {
  it("of several ranges arrives whole", async () => {
    const cache = sourceCache(await mkdtemp(join(dir, "c-")), 1e9);
    const bytes = filled(20);
    await cache.withSource(wanted("large", bytes), never, async (source) => {
      if (!source.ok) throw new Error(source.reason.message);
      expect((await readFile(source.value.path)).equals(bytes)).toBe(true);
    });
    expect(gets("large")).toBe(3);
  });

  it("goes on from where a connection broke", async () => {
    const bytes = filled(1);
    const path = join(await mkdtemp(join(dir, "c-")), "source");
    const ranges: string[] = [];
    // What is still on its way when a connection breaks may be lost.
    const breakOnceStored = async (response: ServerResponse, bytesStored: number) => {
      while ((await stat(path)).size < bytesStored) await new Promise((resolve) => setImmediate(resolve));
      response.destroy();
    };
    const breaking = createServer((request, response) => {
      const range = request.headers.range ?? "";
      ranges.push(range);
      const from = Number(/bytes=(\d+)-/.exec(range)?.[1]);
      response.writeHead(206, {
        "Content-Range": `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
        "Content-Length": bytes.length - from,
      });
      if (ranges.length > 2) return void response.end(bytes.subarray(from));
      response.write(bytes.subarray(from, from + 300_000));
      void breakOnceStored(response, from + 300_000);
    });
    await new Promise<void>((resolve) => breaking.listen(0, "127.0.0.1", resolve));
    const { port } = breaking.address() as AddressInfo;
    const source = { path, sizeBytes: bytes.length, done: new Set<number>(), etag: null };
    expect(await fetchSource(source, `http://127.0.0.1:${port}/`, never)).toEqual(ok(null));
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(ranges).toEqual(["bytes=0-1048575", "bytes=300000-1048575", "bytes=600000-1048575"]);
    breaking.close();
  });

  it("whose task was aborted keeps what had come", async () => {
    const cache = sourceCache(await mkdtemp(join(dir, "c-")), 1e9);
    const bytes = filled(40);
    const aborted = new AbortController();
    const source = wanted("aborted", bytes);
    const first = cache.withSource(source, aborted.signal, () => Promise.resolve(null));
    while (gets("aborted") < 4) await new Promise((resolve) => setImmediate(resolve));
    aborted.abort(new Error("stop"));
    await expect(first).rejects.toThrow("stop");
    const before = gets("aborted");
    await cache.withSource(source, never, async (held) => {
      if (!held.ok) throw new Error(held.reason.message);
      expect((await readFile(held.value.path)).equals(bytes)).toBe(true);
    });
    // Five ranges in all; at least the one whose successor was asked for had come.
    expect(gets("aborted") - before).toBeLessThan(5);
  });

  it("that no disk of the runner can hold is refused before a byte of it is asked for", async () => {
    const folder = await mkdtemp(join(dir, "c-"));
    const source = { path: join(folder, "source"), sizeBytes: 2 ** 60, done: new Set<number>(), etag: null };
    const { url } = wanted("endless", filled(1));
    const refused = await fetchSource(source, url, never);
    expect(refused).toMatchObject({ ok: false, reason: { blame: "source", code: "sourceTooLarge" } });
    expect(gets("endless")).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });

  it("is fetched once for tasks that want it at the same time, and what is derived from it made once", async () => {
    const cache = sourceCache(await mkdtemp(join(dir, "c-")), 1e9);
    const source = wanted("shared", filled(1));
    let made = 0;
    const use = () =>
      cache.withSource(source, never, async (held) => {
        if (!held.ok) throw new Error(held.reason.message);
        return held.value.derived("copy", () => Promise.resolve(ok(++made)));
      });
    await Promise.all([use(), use(), use()]);
    expect(gets("shared")).toBe(1);
    expect(made).toBe(1);
  });
});

describe("the cache", () => {
  it("lets the least recently used go when it is full, never what is in use", async () => {
    const root = await mkdtemp(join(dir, "c-"));
    const cache = sourceCache(root, 2.5 * mebibyte);
    const [a, b, c] = ["a", "b", "c"].map((name) => wanted(name, filled(1)));
    if (!a || !b || !c) throw new Error("three sources");
    const touch = (source: typeof a) => cache.withSource(source, never, () => Promise.resolve());
    await touch(a);
    await touch(b);
    await touch(a);
    await cache.withSource(c, never, async () => {
      expect((await readdir(root)).toSorted()).toEqual([
        expect.stringMatching(/^a-/),
        expect.stringMatching(/^c-/),
      ]);
    });
    const large = wanted("d", filled(4));
    await cache.withSource(large, never, async (source) => {
      if (!source.ok) throw new Error(source.reason.message);
      expect((await readFile(source.value.path)).length).toBe(4 * mebibyte);
    });
    expect(await readdir(root)).toEqual([]);
  });
});

describe("back-off", () => {
  it("is anywhere from nothing to a bound that doubles up to ten seconds", () => {
    expect(fullJitterMs(0, () => 0)).toBe(0);
    expect([0, 1, 2, 30].map((attempt) => fullJitterMs(attempt, () => 1))).toEqual([200, 400, 800, 10_000]);
  });
});

describe("the configuration", () => {
  it("comes from arguments, or the environment, and names what is missing", () => {
    const fromArgs = readConfig(
      ["--url", "https://a.example/x", "--token", "t", "--work-dir", "/w", "--name", "n"],
      {},
    );
    expect(fromArgs).toMatchObject({
      ok: true,
      value: { url: "https://a.example", token: "t", workDir: "/w", name: "n", healthPort: null },
    });
    const fromEnv = readConfig([], {
      SLUICE_URL: "http://b.example",
      SLUICE_RUNNER_TOKEN: "s",
      SLUICE_HEALTH_PORT: "8080",
    });
    expect(fromEnv).toMatchObject({
      ok: true,
      value: { url: "http://b.example", token: "s", healthPort: 8080 },
    });
    expect(readConfig([], {})).toMatchObject({ ok: false, reason: expect.stringContaining("--url") });
    expect(readConfig(["--url", "file:///etc"], { SLUICE_RUNNER_TOKEN: "s" })).toMatchObject({ ok: false });
    expect(readConfig(["--url", "http://a"], {})).toMatchObject({
      ok: false,
      reason: expect.stringContaining("token"),
    });
    expect(readConfig(["--surprise"], {})).toMatchObject({ ok: false });
  });
});
