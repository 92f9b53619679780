import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readInit } from "#workers/packaging/cmaf/init.ts";
import type { Rung, VideoWork } from "#workers/transcoding/contract.ts";
import type { Plan } from "#workers/transcoding/plan.ts";
import { heardSamples, numbered, packets, shownNumbers, streamOf } from "./testing/inspect.ts";
import { ffmpeg, makeClip } from "./testing/media.ts";
import { audioWork, planFile, splitGrid, videoWork } from "./testing/plans.ts";
import { joinTracks, withRunner } from "./testing/run-tasks.ts";
import type { TaskServer } from "./testing/task-server.ts";

const timeout = 60_000;
let dir: string;
let clip: string;
let plan: Plan;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-codecs-"));
  // Longer than a part, so that a chunk has two.
  clip = await makeClip(dir, { seconds: 9.5, size: "192x108", rate: "25", filter: numbered });
  plan = await planFile(clip);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

type Change = (rung: Rung) => Partial<Rung>;

/** Chunks of `gops`, each with the rungs that `changes` make of the plan's first. */
async function encode(server: TaskServer, name: string, gops: number, changes: readonly Change[]) {
  const source = server.addSource("source", await readFile(clip));
  for (const [number, chunk] of splitGrid(plan, gops).entries()) {
    const work = videoWork(plan, chunk, source);
    const rungs = changes.flatMap((change) => {
      const [rung] = work.rungs;
      if (!rung) return [];
      const made = { ...rung, ...change(rung) };
      return [{ ...made, upload: server.uploadTo(`${name}/${made.track}/${number}`) }];
    });
    const task: VideoWork = { ...work, chunk: number, rungs };
    expect(await server.queue(task)).toMatchObject({ kind: "complete" });
  }
}

const av1: Change = () => ({ track: "x108", codec: "av1", preset: "12", crf: 40, level: "" });

describe("AV1 beside H.264", () => {
  it("has the same fragments, shows every picture once, and is the same each time", { timeout }, async () => {
    await withRunner(async ({ server }) => {
      await encode(server, "one", 2, [() => ({}), av1]);
      const { tracks, files } = await joinTracks(server, "one", dir);
      const durations = (track: string) =>
        (tracks.get(track) ?? []).flatMap((chunk) =>
          chunk.fragments.map(({ durationTicks }) => durationTicks),
        );
      expect(durations("x108")).toEqual(durations("v108"));
      expect(new Set(tracks.get("x108")?.map(({ initBase64 }) => initBase64)).size).toBe(1);
      const file = files.get("x108") ?? "";
      expect(await shownNumbers(file)).toEqual(Array.from({ length: plan.grid.frameCount }, (_, n) => n));
      expect(await streamOf(file)).toMatchObject({
        codec_name: "av1",
        pix_fmt: "yuv420p",
        start_time: "0.000000",
      });
      const pts = (await packets(file, "v")).map(({ ptsSeconds }) => ptsSeconds);
      for (const [index, seconds] of pts.entries()) expect(seconds).toBeCloseTo(index / 25, 5);
      const init = readInit(Buffer.from(tracks.get("x108")?.[0]?.initBase64 ?? "", "base64"));
      expect(init).toMatchObject({ ok: true, value: { editStartTicks: 0 } });

      // Another time, by itself, and in one chunk of two parts: other processes, the same bytes.
      await encode(server, "two", 2, [av1]);
      await encode(server, "three", 12, [av1]);
      const bytes = (name: string) => server.objects.get(`${name}/x108/0`);
      expect(bytes("two")?.equals(bytes("one") ?? Buffer.alloc(0))).toBe(true);
      const inits = server.reports.flatMap((report) =>
        report.tracks.filter(({ track }) => track === "x108").map(({ initBase64 }) => initBase64),
      );
      expect(new Set(inits).size).toBe(1);
    });
  });
});

describe("presets with the same number of reference frames", () => {
  it.for([1, 2, 3])("write the same init segment with %s", { timeout }, async (references) => {
    await withRunner(async ({ server }) => {
      const presets = ["superfast", "veryfast", "faster", "fast", "medium", "slow"];
      await encode(
        server,
        `r${references}`,
        12,
        presets.map((preset) => () => ({ track: preset, preset, references })),
      );
      const inits = server.reports.flatMap((report) => report.tracks.map(({ initBase64 }) => initBase64));
      expect(inits).toHaveLength(presets.length);
      expect(new Set(inits).size).toBe(1);
    });
  });

  it("differ with another number", { timeout }, async () => {
    await withRunner(async ({ server }) => {
      await encode(
        server,
        "differ",
        12,
        [1, 2, 3].map((references) => () => ({ track: `r${references}`, preset: "superfast", references })),
      );
      const inits = server.reports.flatMap((report) => report.tracks.map(({ initBase64 }) => initBase64));
      expect(new Set(inits).size).toBe(3);
    });
  });
});

describe("Opus", () => {
  it("is cut at the picture's edges, says its priming, and is heard when it was", { timeout }, async () => {
    const path = join(dir, "languages.mkv");
    const burst = (at: number) => `aevalsrc='0.5*sin(880*PI*t)*between(t,${at},${at}+0.2)':s=44100:d=9`;
    await ffmpeg(
      ...["-f", "lavfi", "-i", "testsrc2=s=192x108:r=30000/1001:d=9"],
      ...["-f", "lavfi", "-i", burst(1), "-f", "lavfi", "-i", burst(8)],
      ...["-map", "0", "-map", "1", "-map", "2", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "ac3"],
      ...["-ac:a:1", "6", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fre", path],
    );
    const bilingual = await planFile(path);
    await withRunner(async ({ server }) => {
      const source = server.addSource("languages", await readFile(path));
      for (const [streamIndex, onset] of [
        [1, 1],
        [2, 8],
      ] as const) {
        const name = `o${streamIndex}`;
        const work = audioWork(bilingual, splitGrid(bilingual, 2), source, (chunk) =>
          server.uploadTo(`${name}/${name}/${chunk}`),
        );
        const opus = {
          ...work,
          streamIndex,
          track: name,
          codec: "opus",
          channels: 2,
          bitrateBps: 96_000,
        } as const;
        expect(await server.queue(opus)).toMatchObject({ kind: "complete" });
        const { tracks, files } = await joinTracks(server, name, dir);
        const [first] = tracks.get(name) ?? [];
        expect(readInit(Buffer.from(first?.initBase64 ?? "", "base64"))).toMatchObject({
          ok: true,
          value: { codec: "opus", editStartTicks: 312, timescale: 48_000, channels: 2 },
        });
        let end = 0;
        const fragments = (tracks.get(name) ?? []).flatMap((chunk) => chunk.fragments);
        for (const [index, { durationTicks }] of fragments.slice(0, -1).entries()) {
          end += durationTicks;
          const { numerator, denominator } = bilingual.grid.frameRate;
          const edge = ((index + 1) * bilingual.grid.gopFrames * denominator * 48_000) / numerator;
          expect(Math.abs(end - 312 - edge)).toBeLessThanOrEqual(480);
        }
        const heard = await heardSamples(files.get(name) ?? "");
        const loud = heard.findIndex((sample) => Math.abs(sample) > 0.1) / 48_000;
        expect(loud).toBeCloseTo(onset, 1);
        expect(heard.length / 48_000).toBeCloseTo(bilingual.durationSeconds, 1);
      }
    });
  });
});
