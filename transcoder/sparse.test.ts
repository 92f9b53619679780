import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rangesFor } from "#workers/packaging/source/map-codec.ts";
import { readSource } from "#workers/packaging/source/read-source.ts";
import type { VideoWork } from "#workers/transcoding/contract.ts";
import type { Plan } from "#workers/transcoding/plan.ts";
import { makeClip } from "./testing/media.ts";
import { planFile, videoWork } from "./testing/plans.ts";
import { withRunner } from "./testing/run-tasks.ts";
import type { TaskServer } from "./testing/task-server.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-sparse-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

// Noise, so that a chunk is a small part of a large file; B-frames and long GOPs, so that seeking matters.
const film = {
  seconds: 30,
  size: "128x72",
  filter: "noise=alls=60:allf=t",
  videoArgs: ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "3", "-g", "75"],
};
const faststart = ["-movflags", "+faststart"];

/** As the Worker lists them, from the index of the file. */
async function rangesOf(path: string, work: VideoWork) {
  const bytes = await readFile(path);
  const read = (offsetBytes: number, sizeBytes: number) =>
    Promise.resolve(new Uint8Array(bytes.subarray(offsetBytes, offsetBytes + sizeBytes)));
  const source = await readSource({ sizeBytes: bytes.length, read });
  if (!source.ok) throw new Error(source.reason.code);
  const { numerator, denominator } = work.grid.frameRate;
  const from = work.sourceStartSeconds + (work.firstFrame * denominator) / numerator;
  const to = from + (work.frameCount * denominator) / numerator;
  return rangesFor(source.value.map, from - 1.5, to + 1);
}

/** Two seconds from the eighth on, as the product reports and stores them. */
async function encodeChunk(server: TaskServer, plan: Plan, name: string, path: string, lacksHalf = false) {
  const chunk = { firstFrame: 4 * plan.grid.gopFrames, frameCount: plan.grid.gopFrames };
  const source = server.addSource(name, await readFile(path));
  const work = videoWork(plan, chunk, source, (track) => server.uploadTo(`${name}/${track}`));
  const all = await rangesOf(path, work);
  // What is cut off holds pictures of the chunk.
  const ranges = all.map((range) => ({
    ...range,
    sizeBytes: lacksHalf && range === all.at(-1) ? Math.floor(range.sizeBytes / 2) : range.sizeBytes,
  }));
  const whole = await server.queue({ ...work, source }, { videoId: `${name}-whole` });
  const [track = ""] = server.reports.at(-1)?.tracks.map((one) => one.track) ?? [];
  const wanted = server.objects.get(`${name}/${track}`);
  server.objects.clear();
  const sparse = await server.queue(
    { ...work, source: { ...source, ranges } },
    { videoId: `${name}-sparse` },
  );
  const sameReport = server.reports.at(-1)?.tracks.map((one) => ({ ...one }));
  expect(sameReport).toEqual(server.reports.at(-2)?.tracks);
  expect(whole.kind).toBe("complete");
  return { wanted, object: server.objects.get(`${name}/${track}`), sparse };
}

const bytesFetched = (ended: { kind: string; completion?: { bytesFetched?: number | undefined } }) =>
  ended.completion?.bytesFetched ?? Number.NaN;

describe("a chunk from a part of the file is the chunk from the whole, to the byte", () => {
  it.for([
    ["MP4, index first", "first.mp4", faststart],
    ["MP4, index last", "last.mp4", []],
    ["MOV", "clip.mov", []],
    ["fragmented MP4", "fragmented.mp4", ["-movflags", "frag_keyframe+empty_moov+default_base_moof"]],
    ["Matroska with cues", "clip.mkv", []],
  ] as const)("%s", { timeout: 60_000 }, async ([, name, containerArgs]) => {
    const path = await makeClip(dir, { ...film, name, containerArgs });
    const plan = await planFile(path);
    const { size } = await stat(path);
    await withRunner(async ({ server }) => {
      const { wanted, object, sparse } = await encodeChunk(server, plan, name, path);
      expect(wanted?.length).toBeGreaterThan(1000);
      expect(object?.equals(wanted ?? Buffer.alloc(0))).toBe(true);
      expect(sparse).toMatchObject({ kind: "complete" });
      // Not the whole file behind our backs.
      expect(bytesFetched(sparse)).toBeLessThan(size * 0.6);
    });
  });
});

it(
  "a chunk whose ranges leave pictures out is encoded from the whole file: nothing wrong is published",
  { timeout: 60_000 },
  async () => {
    const path = await makeClip(dir, { ...film, name: "lacking.mp4", containerArgs: faststart });
    const plan = await planFile(path);
    const { size } = await stat(path);
    await withRunner(async ({ server }) => {
      const { wanted, object, sparse } = await encodeChunk(server, plan, "lacking", path, true);
      expect(object?.equals(wanted ?? Buffer.alloc(0))).toBe(true);
      expect(bytesFetched(sparse)).toBe(size);
    });
  },
);
