import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { disguises, makeClip, makeDisguised, makeHugePicture } from "../testing/media.ts";
import { launcherFor } from "./launcher.ts";
import { progressReader, type Progress } from "./progress.ts";
import { runTool } from "./run.ts";
import { stderrReader } from "./stderr.ts";

const limits = { cpuSeconds: 60, wallSeconds: 30, addressSpaceBytes: 24e9, fileSizeBytes: 1e8 };
const discard = ["-f", "null", "-"];

let dir: string;
let clip: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-run-"));
  clip = await makeClip(dir, { seconds: 3 });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe("a run", () => {
  it("that is aborted before its process is there ends at once", async () => {
    const stop = new AbortController();
    const args = ["-re", "-stream_loop", "-1", "-i", clip, ...discard];
    const running = runTool({
      tool: "ffmpeg",
      args,
      limits: { ...limits, wallSeconds: 600 },
      signal: stop.signal,
    });
    stop.abort();
    expect((await running).exit).toEqual({ kind: "aborted" });
  });
});

describe("what a file may make FFmpeg do", () => {
  it.for(Object.keys(disguises) as (keyof typeof disguises)[])(
    "a %s in the clothes of an MP4 reads no other file and asks no server",
    async (kind) => {
      const asked: string[] = [];
      const server = createServer((request, response) => {
        asked.push(request.url ?? "");
        response.end();
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      const port = typeof address === "object" ? address?.port : 0;
      for (const target of [`http://127.0.0.1:${port}/a.ts`, clip]) {
        for (const tool of ["ffmpeg", "ffprobe"] as const) {
          const path = await makeDisguised(dir, kind, target);
          const { exit } = await runTool({
            tool,
            args: ["-i", path, ...(tool === "ffmpeg" ? discard : [])],
            limits,
          });
          expect(exit).toMatchObject({ kind: "code" });
          expect(exit).not.toEqual({ kind: "code", code: 0 });
        }
      }
      expect(asked).toEqual([]);
      await new Promise((resolve) => server.close(resolve));
    },
  );

  it("a name that looks like a protocol is a file", async () => {
    const { exit, stderrTail } = await runTool({
      tool: "ffmpeg",
      args: ["-i", `concat:${clip}|${clip}`, ...discard],
      limits,
    });
    expect(exit).toEqual({ kind: "code", code: 1 });
    expect(stderrTail).toContain("No such file");
  });

  it("a picture beyond the limit of pixels is not decoded", async () => {
    const frames: number[] = [];
    await runTool({
      tool: "ffmpeg",
      args: ["-i", await makeHugePicture(dir), ...discard],
      limits,
      onProgress: ({ frame }) => void frames.push(frame),
    });
    expect(frames.every((frame) => frame === 0)).toBe(true);
  });

  it("finds nothing of our environment", async () => {
    // A report names every option and value that FFmpeg was started with.
    process.env["FFREPORT"] = `file=${join(dir, "report.log")}`;
    await runTool({ tool: "ffmpeg", args: ["-i", clip, ...discard], limits });
    delete process.env["FFREPORT"];
    await expect(stat(join(dir, "report.log"))).rejects.toThrow("ENOENT");
  });
});

const isRoot = process.getuid?.() === 0;

describe.runIf(isRoot)("a runner that is root", () => {
  const statusOf = async (path: string) => {
    const users: { uid: string; groups: string; caps: string }[] = [];
    // Other tests run FFmpeg too.
    const mark = `mark=${randomUUID()}`;
    const args = ["-re", "-i", path, "-metadata", mark, ...discard];
    const stop = new AbortController();
    const onProgress = async () => {
      const { stdout } = await promisify(execFile)("ps", ["-eo", "pid,comm,args"]);
      const pid = stdout.split("\n").find((line) => / ffmpeg /.test(line) && line.includes(mark));
      if (!pid) return;
      const status = await readFile(`/proc/${Number.parseInt(pid, 10)}/status`, "utf8").catch(() => "");
      const field = (name: string) =>
        new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(status)?.[1]?.trim() ?? "";
      users.push({ uid: field("Uid"), groups: field("Groups"), caps: field("CapPrm") });
      stop.abort();
    };
    await runTool({ tool: "ffmpeg", args, limits, signal: stop.signal, onProgress: () => void onProgress() });
    return users[0];
  };

  it("starts children that are nobody: another user each, no groups, no capabilities", async () => {
    const [first, second] = [await statusOf(clip), await statusOf(clip)];
    expect(first?.uid).toMatch(/^6\d{4}\t6\d{4}\t6\d{4}\t6\d{4}$/);
    expect(second?.uid).not.toBe(first?.uid);
    expect(first).toMatchObject({ groups: "", caps: "0000000000000000" });
  });

  it("lets them read their input and write their output, though nobody is let into the folder", async () => {
    const closed = await mkdtemp(join(dir, "closed-"));
    const own = join(closed, "own");
    await mkdir(own);
    await chmod(closed, 0o700);
    const input = join(closed, "input.mp4");
    await copyFile(clip, input);
    for (const output of [join(own, "absolute.mkv"), "relative.mkv"]) {
      const args = ["-y", "-i", input, "-c", "copy", output];
      const { exit, stderrTail } = await runTool({ tool: "ffmpeg", args, cwd: own, limits });
      expect(exit, stderrTail).toEqual({ kind: "code", code: 0 });
    }
    expect((await readdir(own)).toSorted()).toEqual(["absolute.mkv", "relative.mkv"]);
  });

  it("keeps from them what is root's alone", async () => {
    const secret = join(dir, "secret.mkv");
    await copyFile(clip, secret);
    await chmod(secret, 0o600);
    const { exit } = await runTool({ tool: "ffmpeg", args: ["-i", secret, ...discard], limits });
    expect(exit).toEqual({ kind: "code", code: 1 });
  });
});

describe("limits", () => {
  const forever = ["-re", "-stream_loop", "-1", "-i"];

  it("of time end it", async () => {
    const result = await runTool({
      tool: "ffmpeg",
      args: [...forever, clip, ...discard],
      limits: { ...limits, wallSeconds: 0.3 },
    });
    expect(result.exit).toEqual({ kind: "wallTimeout" });
  });

  it("of the caller's patience end it, before it starts too", async () => {
    const signal = AbortSignal.timeout(200);
    expect(
      (await runTool({ tool: "ffmpeg", args: [...forever, clip, ...discard], limits, signal })).exit,
    ).toEqual({ kind: "aborted" });
    expect(
      (await runTool({ tool: "ffmpeg", args: [...forever, clip, ...discard], limits, signal })).exit,
    ).toEqual({ kind: "aborted" });
  });

  it.runIf(process.platform === "linux")("of CPU and of file size are the kernel's", async () => {
    expect((await launcherFor(limits)).prefix).toEqual(
      expect.arrayContaining(["--cpu=60", "--fsize=100000000", "--no-new-privs", "--pdeathsig"]),
    );
    const big = join(dir, "big.mkv");
    const args = ["-y", "-i", clip, "-c:v", "rawvideo", "-an", big];
    const result = await runTool({ tool: "ffmpeg", args, limits: { ...limits, fileSizeBytes: 200_000 } });
    expect(result.exit).not.toEqual({ kind: "code", code: 0 });
    expect((await stat(big)).size).toBeLessThanOrEqual(200_000);
    const busy = ["-stream_loop", "-1", "-i", clip, "-vf", "scale=3840:2160", ...discard];
    const spent = await runTool({ tool: "ffmpeg", args: busy, limits: { ...limits, cpuSeconds: 1 } });
    expect(spent.exit).toMatchObject({ kind: "signal" });
  });

  it.runIf(process.platform === "linux")(
    "of memory end what explodes, as a failure that says so",
    async () => {
      const explode = ["-i", clip, "-vf", "scale=7680:4320,loop=loop=-1:size=500", "-t", "60", ...discard];
      const result = await runTool({
        tool: "ffmpeg",
        args: explode,
        limits: { ...limits, addressSpaceBytes: 1e9 },
      });
      expect(result.exit).not.toEqual({ kind: "code", code: 0 });
      expect(result.stderrTail).toContain("Cannot allocate memory");
    },
  );
});

describe("output", () => {
  it("is read no faster than it is used, and arrives whole", async () => {
    const path = join(dir, "copy.mkv");
    let reading = 0;
    const pieces: Uint8Array[] = [];
    const result = await runTool({
      tool: "ffmpeg",
      args: ["-i", clip, "-c", "copy", "-f", "matroska", "pipe:1"],
      limits,
      onStdout: async (bytes) => {
        expect(reading++).toBe(0);
        await new Promise((resolve) => setImmediate(resolve));
        pieces.push(bytes);
        reading--;
      },
    });
    expect(result.exit).toEqual({ kind: "code", code: 0 });
    await writeFile(path, Buffer.concat(pieces));
    expect((await runTool({ tool: "ffprobe", args: ["-i", path], limits })).exit).toEqual({
      kind: "code",
      code: 0,
    });
    expect((await readFile(path)).length).toBeGreaterThan(10_000);
  });

  it("that its reader rejects ends the run with that error", async () => {
    const run = runTool({
      tool: "ffmpeg",
      args: ["-re", "-i", clip, "-c", "copy", "-f", "mpegts", "pipe:1"],
      limits,
      onStdout: () => Promise.reject(new Error("full")),
    });
    await expect(run).rejects.toThrow("full");
  });

  it("tells frames, the CPU time, and only what went wrong", async () => {
    const seen: Progress[] = [];
    const result = await runTool({
      tool: "ffmpeg",
      args: ["-i", clip, "-vf", "scale=1280:720", ...discard],
      limits,
      onProgress: (progress) => void seen.push(progress),
    });
    expect(seen.at(-1)).toMatchObject({ frame: 90, done: true });
    expect(result.cpuSeconds).toBeGreaterThan(0.02);
    expect(result.stderrTail).toBe("");
  });

  it("of progress is in microseconds, whatever it is called, and may come in any pieces", () => {
    const seen: Progress[] = [];
    const reader = progressReader((progress) => void seen.push(progress));
    const text =
      "frame=1\nout_time_ms=N/A\nout_time_us=N/A\nprogress=continue\nframe=12\nout_time_us=1500000\nout_time_ms=1500000\nprogress=end\n";
    for (const byte of new TextEncoder().encode(text)) reader.push(Uint8Array.of(byte));
    expect(seen).toEqual([
      { frame: 1, outTimeSeconds: null, done: false },
      { frame: 12, outTimeSeconds: 1.5, done: true },
    ]);
  });

  it("of errors is kept to its end, however much there is", () => {
    const reader = stderrReader();
    for (let line = 0; line < 5000; line++) reader.push(new TextEncoder().encode(`[error] line ${line}\n`));
    expect(reader.tail().length).toBeLessThanOrEqual(8192);
    expect(reader.tail()).toContain("line 4999");
  });
});
