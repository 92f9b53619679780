import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { encodeSourceMap } from "#workers/packaging/source/map-codec.ts";
import { sourceMapKey } from "#workers/storage/keys.ts";
import { fakeProbe } from "#workers/testing/fake-runner.ts";
import { defaultPlanSettings, planVersion } from "./plan.ts";
import { withSourceRanges } from "./source-ranges.ts";
import { workOrder, type OrderFacts, type TaskOrder } from "./work-order.ts";

const mebibyte = 1024 * 1024;
const probe = fakeProbe({ seconds: 120, sound: true, picture: true });
const planned = planVersion(probe, { ...defaultPlanSettings, playsAlready: true });
if (!planned.ok) throw new Error(planned.reason.code);
const plan = planned.value;

/** One mebibyte a fragment of four seconds, behind an index of two. */
const map = {
  always: [{ offsetBytes: 0, sizeBytes: 2 * mebibyte }],
  fragments: Array.from({ length: 30 }, (_, index) => ({
    startSeconds: index * 4,
    range: { offsetBytes: (2 + index) * mebibyte, sizeBytes: mebibyte },
  })),
};

let videos = 0;

function orderOf(task: Pick<OrderFacts, "kind" | "chunk" | "track">, sizeBytes = 32 * mebibyte): TaskOrder {
  const videoId = `vid_ranges${videos++}`;
  const facts = { taskId: "tsk_1", videoId, version: 1, attempt: 1, accepted: [] };
  const work = workOrder({ ...facts, plan, source: { key: "source", sizeBytes }, ...task });
  return { id: "tsk_1", attempt: 1, videoId, version: 1, leaseSeconds: 30, work };
}

async function mapped(order: TaskOrder, bytes: Uint8Array = encodeSourceMap(map)): Promise<TaskOrder> {
  await env.MEDIA.put(sourceMapKey(order.videoId, 0), bytes);
  return withSourceRanges(env.MEDIA, order);
}

const chunk = (number: number) => ({ kind: "video" as const, chunk: number, track: "" });

describe("a chunk of a source whose map is known", () => {
  it("names its index, and its own bytes from the key frame before to the frame after", async () => {
    // Chunk 1 is 12 s to 36 s: from the fragment at 8 s on, up to the one at 36 s.
    const { work } = await mapped(orderOf(chunk(1)));
    expect(work.source.ranges).toEqual([
      { offsetBytes: 0, sizeBytes: 2 * mebibyte },
      { offsetBytes: 4 * mebibyte, sizeBytes: 8 * mebibyte },
    ]);
  });

  it("begins at the file's start for the first, and ends at its end for the last", async () => {
    const first = await mapped(orderOf(chunk(0)));
    expect(first.work.source.ranges).toEqual([{ offsetBytes: 0, sizeBytes: 6 * mebibyte }]);
    const last = await mapped(orderOf(chunk(plan.chunks.length - 1)));
    expect(last.work.source.ranges?.at(-1)).toMatchObject({
      offsetBytes: 28 * mebibyte,
      sizeBytes: 4 * mebibyte,
    });
  });

  it("fetches with all chunks together little more than the file", async () => {
    const sizes = await Promise.all(
      plan.chunks.map(async ({ chunk: number }) => {
        const { work } = await mapped(orderOf(chunk(number)));
        return (work.source.ranges ?? []).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      }),
    );
    const all = sizes.reduce((sum, size) => sum + size, 0) / mebibyte;
    // 32 in the file; the index and two fragments more for each further chunk.
    expect(all).toBeLessThanOrEqual(32 + 4 * (plan.chunks.length - 1));
  });
});

describe("the whole file is fetched", () => {
  it.each([
    ["for sound", { kind: "audio" as const, chunk: 0, track: "a0" }],
    ["for pictures", { kind: "images" as const, chunk: 0, track: "" }],
    ["to probe it", { kind: "probe" as const, chunk: 0, track: "" }],
  ])("%s", async (_, task) => {
    expect((await mapped(orderOf(task))).work.source.ranges).toBeUndefined();
  });

  it("where it is small, or has no map, or one that can't be read", async () => {
    expect((await mapped(orderOf(chunk(1), 8 * mebibyte))).work.source.ranges).toBeUndefined();
    const unmapped = orderOf(chunk(1));
    expect(await withSourceRanges(env.MEDIA, unmapped)).toEqual(unmapped);
    expect((await mapped(orderOf(chunk(1)), new Uint8Array([1, 2, 3]))).work.source.ranges).toBeUndefined();
  });

  it("where the chunk is nearly all of it", async () => {
    expect((await mapped(orderOf(chunk(1), 11 * mebibyte))).work.source.ranges).toBeUndefined();
  });
});
