import { describe, expect, it } from "vitest";
import { numbers, toldAtMs, toldCalls, Waits } from "#workers/testing/told-call.ts";
import type { Cmcd } from "./cmcd-keys.ts";
import { historyKey, matchEdge } from "./edge-cache.ts";
import { ViewerHistories, viewerNameOf } from "./viewer-history.ts";

let viewers = 0;
const newViewer = () => Uint8Array.of(0, 0, 0, 0, 0, 0, 1, ++viewers);
const segment = (mtp: number, more: Partial<Cmcd> = {}): Cmcd => ({
  v: 1,
  ot: "v",
  mtp: numbers(mtp),
  ...more,
});

/** A session of the viewer, heard by one isolate. */
function listen(histories: ViewerHistories, viewerHash: Uint8Array) {
  const waits = new Waits();
  const call = toldCalls(waits, { claims: { viewerHash } })();
  return {
    waits,
    tell: (told: Cmcd, nowMs = toldAtMs) => histories.note(call.session, told, waits, nowMs),
  };
}

describe("the history of a viewer", () => {
  it("is what the last sessions told, for every isolate of the location", async () => {
    const viewer = newViewer();
    const { waits, tell } = listen(new ViewerHistories(), viewer);
    for (const mtp of [500, 500, 8_000]) tell(segment(mtp));
    await waits.done();
    const history = { throughputBps: 8_000_000, starvations: 0, atMs: toldAtMs };
    expect(await new ViewerHistories().read(viewer, toldAtMs + 1_000)).toEqual(history);
    const again = listen(new ViewerHistories(), viewer);
    for (const mtp of [500, 500, 2_000]) again.tell(segment(mtp, { bs: true }), toldAtMs + 60_000);
    await again.waits.done();
    expect(await new ViewerHistories().read(viewer, toldAtMs + 61_000)).toEqual({
      throughputBps: 2_000_000,
      starvations: 3,
      atMs: toldAtMs + 60_000,
    });
  });

  it("is known at once to the isolate that wrote or read it a moment ago", async () => {
    const viewer = newViewer();
    const histories = new ViewerHistories();
    expect(await histories.read(viewer, toldAtMs)).toBeNull();
    expect(histories.read(viewer, toldAtMs + 1_000)).toBeNull();
    const { waits, tell } = listen(histories, viewer);
    for (const mtp of [500, 500, 8_000]) tell(segment(mtp));
    await waits.done();
    expect(histories.read(viewer, toldAtMs + 1_000)).toMatchObject({ throughputBps: 8_000_000 });
  });

  it("keeps three sessions", async () => {
    const viewer = newViewer();
    for (let session = 0; session < 5; session++) {
      const { waits, tell } = listen(new ViewerHistories(), viewer);
      for (const mtp of [1, 1, 1]) tell(segment(mtp, session === 0 ? { bs: true } : {}), toldAtMs + session);
      await waits.done();
    }
    expect(await new ViewerHistories().read(viewer, toldAtMs + 9)).toMatchObject({ starvations: 0 });
  });

  it("does not begin with the estimates that a player makes before it has measured", async () => {
    const { waits, tell } = listen(new ViewerHistories(), newViewer());
    tell(segment(500));
    tell(segment(500));
    for (const ot of ["m", "i"] as const) tell(segment(500, { ot }));
    expect(waits.promises).toEqual([]);
    tell(segment(8_000));
    expect(waits.promises).toHaveLength(1);
    await waits.done();
  });

  it("is written at most every 30 seconds a session, and loses no starvation in between", async () => {
    const viewer = newViewer();
    const histories = new ViewerHistories();
    const { waits, tell } = listen(histories, viewer);
    let writes = 0;
    for (let second = 0; second < 90; second++) {
      tell(segment(4_000, { bs: true }), toldAtMs + second * 1_000);
      writes += waits.promises.length;
      await waits.done();
    }
    expect(writes).toBe(3);
    // The last 27 are not written yet.
    expect(histories.read(viewer, toldAtMs + 90_000)).toMatchObject({ starvations: 63 });
  });

  it("is for viewers with an id only", async () => {
    const anonymous = new Uint8Array(8);
    const histories = new ViewerHistories();
    const { waits, tell } = listen(histories, anonymous);
    for (const mtp of [500, 500, 8_000]) tell(segment(mtp));
    expect(waits.promises).toEqual([]);
    expect(histories.read(anonymous, toldAtMs)).toBeNull();
    expect(viewerNameOf(anonymous)).toBeNull();
  });

  it("holds no more than the hash of the viewer's id in its name, and may stay a week", async () => {
    const viewer = newViewer();
    const { waits, tell } = listen(new ViewerHistories(), viewer);
    for (const mtp of [1, 1, 1e14]) tell(segment(mtp));
    await waits.done();
    const name = viewerNameOf(viewer) ?? "";
    const entry = await matchEdge(historyKey(name));
    expect(historyKey(name)).toBe(`https://cache.invalid/viewer/${name}`);
    expect(entry?.headers.get("Cache-Control")).toBe("public, max-age=604800");
    expect(await new ViewerHistories().read(viewer, toldAtMs)).toMatchObject({ throughputBps: 1e10 });
  });
});
