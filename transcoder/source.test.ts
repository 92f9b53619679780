import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ok, type Result } from "#workers/result.ts";
import { fullJitterMs } from "./back-off.ts";
import { readConfig } from "./config.ts";
import type { TaskFailure } from "./outcome.ts";
import { sourceCache, type HeldSource } from "./source-cache.ts";
import { byteSet } from "./byte-set.ts";
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

const whole = ({ sizeBytes }: { readonly sizeBytes: number }) => [{ from: 0, to: sizeBytes }];

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
    const have = byteSet();
    const ranges: string[] = [];
    // What is still on its way when a connection breaks may be lost.
    const breakOnceStored = async (response: ServerResponse, bytesStored: number) => {
      while (have.sizeBytes() < bytesStored) await new Promise((resolve) => setImmediate(resolve));
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
    const source = { path, sizeBytes: bytes.length, have, underWay: new Set<never>(), etag: null };
    expect(await fetchSource(source, `http://127.0.0.1:${port}/`, whole(source), never)).toEqual(
      ok(bytes.length),
    );
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
    const source = {
      path: join(folder, "source"),
      sizeBytes: 2 ** 60,
      have: byteSet(),
      underWay: new Set<never>(),
      etag: null,
    };
    const { url } = wanted("endless", filled(1));
    const refused = await fetchSource(source, url, whole(source), never);
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

describe("a sparse source", () => {
  const ranges = (...pairs: [number, number][]) =>
    pairs.map(([offsetBytes, sizeBytes]) => ({ offsetBytes, sizeBytes }));

  it("has its full length, what was asked for in its place, and takes no more room than that", async () => {
    const cache = sourceCache(await mkdtemp(join(dir, "c-")), 1e9);
    const bytes = filled(40);
    const asked = { ...wanted("sparse", bytes), ranges: ranges([0, 5000], [30 * mebibyte, mebibyte]) };
    const fetched: number[] = [];
    const use = async (source: Result<HeldSource, TaskFailure>) => {
      if (!source.ok) throw new Error(source.reason.message);
      expect(source.value.isSparse()).toBe(true);
      const there = await readFile(source.value.path);
      expect(there.length).toBe(bytes.length);
      for (const { offsetBytes, sizeBytes } of asked.ranges) {
        const end = offsetBytes + sizeBytes;
        expect(there.subarray(offsetBytes, end).equals(bytes.subarray(offsetBytes, end))).toBe(true);
      }
      expect(there.subarray(20 * mebibyte, 20 * mebibyte + 1000).every((byte) => byte === 0)).toBe(true);
      expect((await stat(source.value.path)).blocks * 512).toBeLessThan(2 * mebibyte);
    };
    await cache.withSource(asked, never, use, (count) => void fetched.push(count));
    expect(fetched).toEqual([5000 + mebibyte]);
  });

  it("grows by what the next task lacks, and becomes whole on demand", async () => {
    const cache = sourceCache(await mkdtemp(join(dir, "c-")), 1e9);
    const bytes = filled(12);
    const source = wanted("growing", bytes);
    const fetched: number[] = [];
    const onFetched = (count: number) => void fetched.push(count);
    const first = { ...source, ranges: ranges([0, mebibyte]) };
    const second = { ...source, ranges: ranges([0, mebibyte], [mebibyte / 2, mebibyte]) };
    await cache.withSource(first, never, () => Promise.resolve(), onFetched);
    await cache.withSource(second, never, () => Promise.resolve(), onFetched);
    await cache.withSource(
      first,
      never,
      async (held) => {
        if (!held.ok) throw new Error(held.reason.message);
        expect(await held.value.fetchWhole()).toEqual(ok(null));
        expect(held.value.isSparse()).toBe(false);
        expect((await readFile(held.value.path)).equals(bytes)).toBe(true);
      },
      onFetched,
    );
    expect(fetched).toEqual([mebibyte, mebibyte / 2, 0, 10.5 * mebibyte]);
  });

  it("is never asked for the same bytes twice, by tasks with other ranges at the same time", async () => {
    const cache = sourceCache(await mkdtemp(join(dir, "c-")), 1e9);
    const bytes = filled(24);
    const source = wanted("together", bytes);
    const fetched: number[] = [];
    const use = (wish: typeof source & { ranges?: ReturnType<typeof ranges> }) =>
      cache.withSource(
        wish,
        never,
        (held) => Promise.resolve(held.ok && held.value.isSparse()),
        (count) => void fetched.push(count),
      );
    await Promise.all([
      use({ ...source, ranges: ranges([0, 9 * mebibyte]) }),
      use(source),
      use({ ...source, ranges: ranges([6 * mebibyte, 12 * mebibyte]) }),
    ]);
    expect(fetched.reduce((sum, count) => sum + count, 0)).toBe(bytes.length);
    expect(await use(source)).toBe(false);
  });

  it("takes of the cache's room what is on disk, not what the file is long", async () => {
    const root = await mkdtemp(join(dir, "c-"));
    const cache = sourceCache(root, 2 * mebibyte);
    for (const name of ["long-a", "long-b"]) {
      const source = { ...wanted(name, filled(8)), ranges: ranges([0, mebibyte / 2]) };
      await cache.withSource(source, never, () => Promise.resolve());
    }
    expect(await readdir(root)).toHaveLength(2);
    await cache.withSource(wanted("long-a", filled(8)), never, () => Promise.resolve());
    expect(await readdir(root)).toEqual([]);
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
