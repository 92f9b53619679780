import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFragments } from "#workers/packaging/cmaf/fragments.ts";
import type { Rung, VideoWork } from "#workers/transcoding/contract.ts";
import type { Plan } from "#workers/transcoding/plan.ts";
import { wholeBufferBits } from "#workers/transcoding/vbv.ts";
import { partsOf } from "./chunk-parts.ts";
import { ffmpeg, makeClip } from "./testing/media.ts";
import { planFile, videoWork } from "./testing/plans.ts";
import { chunkFile, videoArguments } from "./video-recipe.ts";

const timeout = 60_000;
const rate = 25;
const maxBitrateBps = 300_000;
/** What a player is promised: any t seconds hold at most R t and this. */
const bufferBits = wholeBufferBits(maxBitrateBps);

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-joins-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Noise for so long around each join of two parts: an encoder that begins afresh there has all its buffer to spend. */
async function makeBursts(aroundSeconds: number): Promise<string> {
  const filter = `noise=alls=100:allf=t:enable='lt(mod(t+${aroundSeconds},6),${2 * aroundSeconds})'`;
  const videoArgs = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "18", "-pix_fmt", "yuv420p"];
  const name = `bursts-${aroundSeconds}.mp4`;
  return makeClip(dir, {
    name,
    seconds: 24,
    size: "256x144",
    rate: String(rate),
    filter,
    videoArgs,
    audio: false,
  });
}

/** The fullest that a bucket gets that these pictures fall into and `maxBitrateBps` leaks from. */
function fullestBits(bytes: Uint8Array): number {
  const fragments = readFragments(bytes);
  if (!fragments.ok) throw new Error(fragments.reason.kind);
  let level = 0;
  let fullest = 0;
  for (const { sizeBytes } of fragments.value.flatMap(({ samples }) => samples)) {
    level = Math.max(0, level) + sizeBytes * 8;
    fullest = Math.max(fullest, level);
    level -= maxBitrateBps / rate;
  }
  return fullest;
}

const rungsOf = (work: VideoWork, change: Partial<Rung>) =>
  work.rungs.slice(0, 1).map((rung) => ({ ...rung, maxBitrateBps, bufferBits, ...change }));

/** All parts of the film in order, as their encoders wrote them. */
async function encodeAll(
  path: string,
  plan: Plan,
  change: Partial<Rung>,
  told: (args: readonly string[]) => readonly string[] = (args) => args,
): Promise<Uint8Array> {
  const whole = videoWork(plan, { firstFrame: 0, frameCount: plan.grid.frameCount });
  const work = { ...whole, rungs: rungsOf(whole, change) };
  const pieces: Buffer[] = [];
  for (const part of partsOf(work)) {
    const files = work.rungs.map(chunkFile);
    const args = told(videoArguments(part, { path, streamIndex: 0, from: "seek" }));
    await ffmpeg(...args.map((arg) => (files.includes(arg) ? join(dir, arg) : arg)));
    for (const file of files) pieces.push(await readFile(join(dir, file)));
  }
  return Buffer.concat(pieces);
}

describe("any stretch of a track, across the joins of its parts, arrives within its cap", () => {
  it.for([2.9])("noise %s s around each join", { timeout }, async (aroundSeconds) => {
    const path = await makeBursts(aroundSeconds);
    const plan = await planFile(path);
    for (const change of [
      { preset: "superfast" },
      { preset: "faster" },
      { track: "x144", codec: "av1", preset: "12", crf: 40, level: "" },
    ] as const) {
      const fullest = fullestBits(await encodeAll(path, plan, change));
      // Hard indeed: a film that never comes near its cap proves nothing.
      expect(fullest, change.preset).toBeGreaterThan(0.2 * maxBitrateBps);
      expect(fullest, change.preset).toBeLessThanOrEqual(bufferBits);
    }
  });

  it("which parts that may each spend a buffer of their own do not", { timeout }, async () => {
    const path = await makeBursts(1);
    const freely = (args: readonly string[]) =>
      args.map((arg, index) => {
        if (args[index - 1] === "-maxrate") return String(maxBitrateBps);
        return args[index - 1] === "-bufsize" ? String(bufferBits) : arg.replace(/:vbv-init=[\d.]+/, "");
      });
    const bytes = await encodeAll(path, await planFile(path), { preset: "superfast" }, freely);
    expect(fullestBits(bytes)).toBeGreaterThan(bufferBits);
  });
});
