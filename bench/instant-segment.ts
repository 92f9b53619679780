// Segments that are made of the uploaded file when they are asked for: the CPU of one that no cache has, next to a
// bare Worker that moves as many bytes from the bucket into the cache; how often the file is read for one; and what a
// request holds for the largest there is.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sourceKey } from "#workers/storage/keys.ts";
import { freePort } from "../scripts/stack/s3.ts";
import type { Stack } from "../scripts/stack/stack.ts";
import { baselineUrl, removeVideo, withBenchStack } from "./bench-stack.ts";
import { judge, median, type Claim } from "./claim.ts";
import { encodeClip, repeatClip } from "./films.ts";
import { heapBytes } from "./heap.ts";
import { mediaPlaylistUrl, segmentUrls, sendFile } from "./instant-upload.ts";
import { measureLoad, type Cost } from "./load.ts";
import type { Result } from "./results.ts";
import { plansOf } from "./source-plans.ts";

const layouts = [
  { layout: "pages", file: "film.mp4", what: "MP4, index last" },
  { layout: "spans", file: "film.mkv", what: "MKV with Cues" },
] as const;

export const instantSegment: Claim = {
  name: "instant-segment",
  async run({ quick, rounds }) {
    const directory = mkdtempSync(join(tmpdir(), "sluice-bench-"));
    try {
      const clip = join(directory, "clip.mp4");
      const size = { width: 1280, height: 720, bitrateBps: 2_400_000, gopSeconds: 2 };
      await encodeClip(clip, { seconds: 20, ...size });
      const rows: Result[] = [];
      for (const { layout, file, what } of layouts) {
        const path = join(directory, file);
        await repeatClip(clip, path, quick ? 240 : 600);
        rows.push(...(await measureLayout(layout, path, what, quick ? 2 : Math.min(rounds, 6))));
        rmSync(path);
      }
      rows.push(await measureMemory(directory));
      return rows;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function measureLayout(
  layout: string,
  path: string,
  what: string,
  rounds: number,
): Promise<readonly Result[]> {
  const costs: FilmCosts[] = [];
  await withBenchStack(async (stack) => {
    for (let round = -1; round < rounds; round++) {
      const measured = await costsOf(stack, path, round);
      if (round >= 0) costs.push(measured);
    }
  });
  const cpu = (of: keyof FilmCosts) => costs.map((each) => each[of].cpuMsPerRequest);
  const plans = await plansOf(path);
  const segments = plans.reads.length;
  const note = `${what}, ${segments} segments of ${megabytes(statSync(path).size / segments)} MB with sound; CPU of workerd, the simulators of R2 and cache included`;
  const row = { unit: "ms", aim: { of: "value", is: "<=", bound: 20 } } as const;
  return [
    judge({
      ...row,
      name: `instant-segment-${layout}`,
      values: cpu("cold"),
      baselines: cpu("bare"),
      note: `${note}; no cache has it; baseline is a bare Worker that reads as many bytes and fills the cache with them`,
    }),
    judge({
      ...row,
      name: `instant-segment-${layout}-warm`,
      values: cpu("warm"),
      baselines: cpu("cold"),
      note: `${note}; the cache of the location has it; baseline is the same when it had not`,
    }),
    judge({
      ...row,
      name: `instant-segment-${layout}-sound`,
      values: cpu("sound"),
      note: `${note}; sound of a moment whose picture was asked for before: of the same reading, from the cache`,
    }),
    {
      ...{ name: `instant-segment-${layout}-reads`, unit: "reads", baseline: null, ratio: null },
      value: Math.max(...plans.reads),
      aim: "value <= 4",
      met: Math.max(...plans.reads) <= 4,
      note: `of the file, the most for one of ${segments} segments, picture and sound together; ${mean(plans.reads).toFixed(2)} on average`,
    },
  ];
}

const megabytes = (bytes: number) => (bytes / 1e6).toPrecision(3);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

interface FilmCosts {
  readonly cold: Cost;
  readonly warm: Cost;
  readonly sound: Cost;
  readonly bare: Cost;
}

/** Of a fresh upload, so that no cache has anything of it. */
async function costsOf(stack: Stack, path: string, round: number): Promise<FilmCosts> {
  const { videoId, hlsUrl } = await sendFile(stack, path);
  const [pictures, sounds] = [await urlsOf(hlsUrl, "video"), await urlsOf(hlsUrl, "audio")];
  const load = (urls: readonly string[]) =>
    measureLoad(urls.length, (index) => ({ url: urls[index] ?? "", status: 200 }));
  const cold = await load(pictures);
  const warm = await load(pictures);
  await expectTier(pictures[0] ?? "", "edge");
  await expectTier(sounds[0] ?? "", "edge");
  const sound = await load(sounds);
  const length = Math.floor(statSync(path).size / pictures.length);
  const bare = await measureLoad(pictures.length, (index) => ({
    url: baselineUrl(stack, "fill", {
      ...{ key: sourceKey(videoId), offset: index * length, length, name: `${round}-${videoId}-${index}` },
    }),
    status: 200,
  }));
  await removeVideo(stack, videoId);
  return { cold, warm, sound, bare };
}

async function urlsOf(hlsUrl: string, kind: "video" | "audio"): Promise<readonly string[]> {
  const playlist = await mediaPlaylistUrl(hlsUrl, kind);
  if (playlist === null) throw new Error(`${hlsUrl} does not play`);
  return segmentUrls(playlist);
}

async function expectTier(url: string, tier: string): Promise<void> {
  const answer = await fetch(url);
  await answer.arrayBuffer();
  const told = answer.headers.get("Server-Timing");
  if (told !== `cache;desc=${tier}`) throw new Error(`${url} comes from ${told}, not from ${tier}`);
}

/** How the inspector names the product among the simulators. */
const isolate = "core:user:";

/** Near the most that is played at once: 20 Mbit/s with a key frame every ten seconds. */
async function measureMemory(directory: string): Promise<Result> {
  const path = join(directory, "heavy.mp4");
  const size = { width: 1920, height: 1080, bitrateBps: 19_000_000, gopSeconds: 10 };
  await encodeClip(path, { seconds: 30, ...size });
  const { bytes } = await plansOf(path);
  const inspectorPort = await freePort();
  const held: number[] = [];
  await withBenchStack(
    async (stack) => {
      const { hlsUrl } = await sendFile(stack, path);
      const urls = await urlsOf(hlsUrl, "video");
      for (const url of urls) {
        const before = await heapBytes(inspectorPort, isolate);
        // Nobody reads it: all that its request needs is held while that is so.
        const answer = await fetch(url);
        held.push(((await heapBytes(inspectorPort, isolate)) - before) / 1e6);
        await answer.body?.cancel();
      }
    },
    { inspectorPort },
  );
  return judge({
    name: "instant-segment-memory",
    unit: "MB",
    values: [Math.max(...held)],
    aim: { of: "value", is: "<=", bound: 32 },
    note: `the isolate's memory after a collection, ArrayBuffers included, while a segment is being answered, above what it was before; the most of ${held.length} segments, the largest reads ${megabytes(Math.max(...bytes))} MB; median ${median(held).toPrecision(3)}`,
  });
}
