import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "#workers/transcoding/plan.ts";
import { makeClip } from "./testing/media.ts";
import { audioWork, planFile, splitGrid, videoWork } from "./testing/plans.ts";
import { startProgram, until, withProgram } from "./testing/program.ts";
import { withRunner } from "./testing/run-tasks.ts";
import type { TaskServer } from "./testing/task-server.ts";

let dir: string;
let clip: string;
let bytes: Buffer;
let plan: Plan;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-runner-"));
  clip = await makeClip(dir, { seconds: 6, size: "320x180" });
  bytes = await readFile(clip);
  plan = await planFile(clip);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const whole = () => ({ firstFrame: 0, frameCount: plan.grid.frameCount });

function video(server: TaskServer, source = server.addSource("source", bytes), maxBytes = 20_000_000) {
  return videoWork(plan, whole(), source, (track) => server.uploadTo(`${track}/0`, maxBytes));
}

/** Takes long enough to be interrupted. */
async function endless(server: TaskServer) {
  const long = join(dir, "long.mp4");
  await makeClip(dir, { name: "long.mp4", seconds: 12, size: "640x360", filter: "noise=alls=60:allf=t" });
  const longPlan = await planFile(long);
  const source = server.addSource("long", await readFile(long));
  const all = { firstFrame: 0, frameCount: longPlan.grid.frameCount };
  const work = videoWork(longPlan, all, source, (track) => server.uploadTo(`${track}/0`));
  return { ...work, rungs: work.rungs.map((rung) => ({ ...rung, preset: "placebo" })) };
}

describe("a task", () => {
  it("is probed, encoded and pictured, and all that it cost is told", { timeout: 60_000 }, async () => {
    await withRunner(async ({ server }) => {
      const source = server.addSource("source", bytes);
      expect(await server.queue({ kind: "probe", source })).toMatchObject({
        kind: "complete",
        completion: { result: { kind: "probe", probe: { streams: [{ kind: "video" }, { kind: "audio" }] } } },
      });
      const done = await server.queue(video(server));
      expect(done).toMatchObject({ kind: "complete", completion: { result: { kind: "chunks" } } });
      expect(done.kind === "complete" && done.completion.cpuSeconds).toBeGreaterThan(0.05);
      if (!plan.images) throw new Error("no images planned");
      const { poster, thumbnails, storyboard } = plan.images;
      const inSizes = <T extends { sizes: readonly { width: number; height: number }[] }>(
        name: string,
        order: T,
      ) => ({
        ...order,
        sizes: order.sizes.map((size) => ({ ...size, upload: server.uploadTo(`${name}-${size.width}`) })),
      });
      const images = await server.queue({
        kind: "images",
        source,
        ...plan.images,
        poster: inSizes("poster", poster),
        thumbnails: inSizes("thumbnails", thumbnails),
        storyboard: { ...storyboard, upload: server.uploadTo("storyboard") },
        preview: undefined,
      });
      expect(images).toMatchObject({
        kind: "complete",
        completion: { result: { kind: "images", thumbnailCount: 1 } },
      });
      expect(server.objects.get("poster-320")?.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
      // Three tasks of one source: it came once.
      expect(server.requests.filter((line) => line.startsWith("GET"))).toHaveLength(1);
    });
  });

  it("uploads objects of exactly the reported sizes", { timeout: 60_000 }, async () => {
    await withRunner(async ({ server }) => {
      await server.queue(video(server));
      await server.queue(
        audioWork(plan, splitGrid(plan, 1), server.addSource("source", bytes), (chunk) =>
          server.uploadTo(`a0/${chunk}`),
        ),
      );
      expect(server.reports).toHaveLength(4);
      for (const { chunk, tracks } of server.reports) {
        for (const { track, fragments } of tracks) {
          const total = fragments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
          expect(server.objects.get(`${track}/${chunk}`)?.length).toBe(total);
        }
      }
    });
  });

  it(
    "of sound encodes through chunks that were accepted before, and uploads only the others",
    { timeout: 60_000 },
    async () => {
      await withRunner(async ({ server }) => {
        const source = server.addSource("source", bytes);
        const upload = (name: string) => (chunk: number) => server.uploadTo(`${name}/${chunk}`);
        await server.queue(audioWork(plan, splitGrid(plan, 1), source, upload("all")));
        const again = audioWork(plan, splitGrid(plan, 1), source, upload("again"));
        await server.queue({ ...again, chunks: again.chunks.slice(1) });
        expect(server.objects.has("again/0")).toBe(false);
        expect(server.objects.get("again/1")).toEqual(server.objects.get("all/1"));
        expect(server.objects.get("again/2")).toEqual(server.objects.get("all/2"));
      });
    },
  );
});

describe("a source at fault", () => {
  it(
    "that ends early is truncated, whatever FFmpeg's exit code, and nothing is uploaded",
    { timeout: 60_000 },
    async () => {
      await withRunner(async ({ server }) => {
        const front = await makeClip(dir, {
          name: "front.mp4",
          seconds: 6,
          containerArgs: ["-movflags", "+faststart"],
        });
        const half = (await readFile(front)).subarray(0, (await readFile(front)).length * 0.6);
        const ended = await server.queue(video(server, server.addSource("half", half)));
        expect(ended).toMatchObject({ kind: "fail", failure: { blame: "source", code: "sourceTruncated" } });
        expect([...server.objects.keys()]).toEqual([]);
        expect(server.reports).toEqual([]);
      });
    },
  );

  it("that is gone, or is another file than planned, is missing", { timeout: 60_000 }, async () => {
    await withRunner(async ({ server }) => {
      const { url, sizeBytes } = server.addSource("source", bytes);
      const gone = { url: url.replace("source", "other"), sizeBytes };
      const missing = { kind: "fail", failure: { blame: "source", code: "sourceMissing" } };
      expect(await server.queue({ kind: "probe", source: gone }, { videoId: "vid_2" })).toMatchObject(
        missing,
      );
      const longer = { url, sizeBytes: sizeBytes + 1 };
      expect(await server.queue({ kind: "probe", source: longer }, { videoId: "vid_3" })).toMatchObject(
        missing,
      );
    });
  });

  it("that is no media is unreadable", { timeout: 60_000 }, async () => {
    await withRunner(async ({ server }) => {
      const source = server.addSource("text", Buffer.from("Dear diary\n".repeat(500)));
      const ended = await server.queue({ kind: "probe", source });
      expect(ended).toMatchObject({ kind: "fail", failure: { blame: "source", code: "unreadable" } });
    });
  });
});

describe("a bad network", () => {
  it(
    "changes nothing but the time: 503s, and answers that are lost after the work was done",
    { timeout: 60_000 },
    async () => {
      await withRunner(async ({ server }) => {
        server.answer(/^POST .*claim$/, 503, 2);
        server.answer(/^GET /, 503, 1);
        server.answer(/^PUT /, 503, 1);
        server.answer(/^PUT /, 0, 1, {}, true);
        server.answer(/complete$/, 503, 1);
        expect(await server.queue(video(server))).toMatchObject({ kind: "complete" });
        // The object whose answer was lost exists, has our size, and is taken for ours.
        expect(server.requests.filter((line) => line.startsWith("PUT"))).toHaveLength(3);
        expect(server.reports).toHaveLength(1);
      });
    },
  );

  it("never takes an object of another size for its own", { timeout: 60_000 }, async () => {
    await withRunner(async ({ server }) => {
      server.objects.set("v180/0", Buffer.from("something else"));
      const ended = await server.queue(video(server));
      expect(ended).toMatchObject({ kind: "fail", failure: { blame: "runner", code: "encodeFailed" } });
      expect(server.objects.get("v180/0")?.toString()).toBe("something else");
      expect(server.reports).toEqual([]);
    });
  });

  it("uploads nothing larger than the task allows", { timeout: 60_000 }, async () => {
    await withRunner(async ({ server }) => {
      const ended = await server.queue(video(server, server.addSource("source", bytes), 1000));
      expect(ended).toMatchObject({ kind: "fail", failure: { blame: "runner" } });
      expect(server.requests.filter((line) => line.startsWith("PUT"))).toEqual([]);
    });
  });
});

describe("a lost lease", () => {
  it("ends the work at once, reports nothing and asks for the next task", { timeout: 60_000 }, async () => {
    await withRunner(async ({ server }) => {
      void server.queue(await endless(server), { leaseSeconds: 1 });
      await until(() => server.heartbeats.length > 1);
      server.answer(/heartbeat$/, 409, 1, { code: "leaseLost" });
      // Claimed by the same runner, which can only be when it has let go of the first.
      expect(
        await server.queue(
          { kind: "probe", source: server.addSource("source", bytes) },
          { videoId: "vid_2" },
        ),
      ).toMatchObject({ kind: "complete" });
      expect(server.requests.filter((line) => /fail$|chunks$|PUT/.test(line))).toEqual([]);
    });
  });
});

describe("the program", () => {
  it(
    "hands its task back on SIGTERM, leaves no file and no encoder, and exits 0",
    { timeout: 60_000 },
    async () => {
      await withProgram(dir, async ({ server, program, workDir }) => {
        const ended = server.queue(await endless(server));
        await until(() => server.heartbeats.length > 0);
        program.kill("SIGTERM");
        expect(await ended).toMatchObject({ kind: "fail", failure: { blame: "handback" } });
        expect(await program.exit).toEqual({ code: 0, signal: null });
        // Its other slot hung up before, or would have been given the task.
        const said = server.requests.map((line) => /(leave|fail)$/.exec(line)?.[1] ?? "").filter(Boolean);
        expect(said).toEqual(["leave", "fail"]);
        expect(await readdir(workDir)).toEqual([]);
        expect(await program.encoders()).toEqual([]);
      });
    },
  );

  it(
    "killed with SIGKILL leaves no encoder, and its files go at the next start of a runner there",
    { timeout: 60_000 },
    async () => {
      await withProgram(dir, async ({ server, program, workDir }) => {
        void server.queue(await endless(server));
        await until(() => server.heartbeats.length > 0);
        program.kill("SIGKILL");
        await program.exit;
        await until(async () => (await program.encoders()).length === 0);
        expect(await readdir(workDir)).toHaveLength(1);
        await writeFile(join(workDir, "not-ours.txt"), "kept");
        const claims = () => server.requests.filter((line) => line.endsWith("claim")).length;
        const before = claims();
        const next = startProgram(server, workDir);
        // It asks for work when its place is ready.
        await until(() => claims() > before);
        const own = (await readdir(workDir)).filter((name) => name.startsWith("run-"));
        expect(own).toHaveLength(1);
        expect(own[0]).toContain(String(next.pid));
        next.kill("SIGTERM");
        await next.exit;
        expect(await readdir(workDir)).toEqual(["not-ours.txt"]);
      });
    },
  );

  it(
    "hands its task back and ends when the parent that asked for it is gone",
    { timeout: 60_000 },
    async () => {
      await withProgram(dir, async ({ server, program }) => {
        const ended = server.queue(await endless(server));
        await until(() => server.heartbeats.length > 0);
        program.endInput();
        expect(await ended).toMatchObject({ kind: "fail", failure: { blame: "handback" } });
        expect(await program.exit).toEqual({ code: 0, signal: null });
      });
    },
  );

  it("two in one work directory leave each other's files alone", { timeout: 60_000 }, async () => {
    await withProgram(dir, async ({ server, workDir }) => {
      const second = startProgram(server, workDir);
      const ended = await Promise.all([
        server.queue(video(server), { videoId: "vid_a" }),
        server.queue({ kind: "probe", source: server.addSource("source", bytes) }, { videoId: "vid_b" }),
      ]);
      expect(ended.map(({ kind }) => kind)).toEqual(["complete", "complete"]);
      second.kill("SIGTERM");
      await second.exit;
    });
  });

  it(
    "says why and exits when the Worker speaks another protocol, or refuses its token",
    { timeout: 60_000 },
    async () => {
      await withProgram(dir, async ({ server, workDir }) => {
        server.answer(/claim$/, 426, 10, { code: "runnerProtocolMismatch", detail: "The Worker speaks 2." });
        const other = startProgram(server, workDir);
        expect(await other.exit).toEqual({ code: 4, signal: null });
        expect(other.output()).toContain("The Worker speaks 2.");
      });
      await withProgram(dir, async ({ server, workDir }) => {
        const stranger = startProgram(server, workDir, { SLUICE_RUNNER_TOKEN: "wrong" });
        expect(await stranger.exit).toEqual({ code: 3, signal: null });
        expect(stranger.output()).toContain("does not accept the runner token");
      });
    },
  );

  it("answers health, and logs JSON lines without its token or any URL", { timeout: 60_000 }, async () => {
    await withProgram(dir, async ({ server, program }) => {
      await until(() => program.output().includes("runnerStarted"));
      const started = program
        .output()
        .split("\n")
        .map((line) => JSON.parse(line || "{}") as Record<string, unknown>)
        .find(({ event }) => event === "runnerStarted");
      const health = await fetch(`http://127.0.0.1:${String(started?.["healthPort"])}/healthz`);
      expect(await health.json()).toEqual({ status: "ok", busy: false });
      await server.queue({ kind: "probe", source: server.addSource("gone", bytes) });
      const { url } = server.addSource("source", bytes);
      await server.queue(
        { kind: "probe", source: { url: url.replace("source", "secret"), sizeBytes: 5 } },
        { videoId: "vid_9" },
      );
      await until(() => program.output().includes("taskFailed"));
      expect(program.output()).not.toContain(server.token);
      expect(program.output()).not.toContain("http:");
      expect(program.output()).not.toContain("secret");
    });
  });
});
