import fc from "fast-check";
import { expect, it } from "vitest";
import { afterExit, neverStarted } from "./container-life.ts";

const ran = (life: typeof neverStarted, startedAtMs: number, ms: number) =>
  afterExit({ ...life, startedAtMs }, startedAtMs + ms);

it("starts again at once what ran for a while, or was told to end", () => {
  expect(ran(neverStarted, 1000, 60_000).notBeforeMs).toBe(61_000);
  expect(afterExit({ ...neverStarted, startedAtMs: 0, stopping: true }, 500)).toEqual({
    ...neverStarted,
    notBeforeMs: 500,
  });
});

it("waits longer after each early exit, up to ten minutes, and says once that it keeps dying", () => {
  const waits: number[] = [];
  const said: boolean[] = [];
  for (let life = neverStarted, nowMs = 0; waits.length < 12; nowMs = life.notBeforeMs) {
    life = ran(life, nowMs, 1000);
    waits.push((life.notBeforeMs - nowMs - 1000) / 1000);
    said.push(life.keepsDying);
  }
  expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]);
  expect(said.indexOf(true)).toBe(4);
});

it("never starts more than 7 times in the first minutes of a crash loop, whatever each run lasts", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 59_999 }), { minLength: 8, maxLength: 8 }), (runs) => {
      let life = neverStarted;
      let nowMs = 0;
      let starts = 0;
      for (const ms of runs) {
        if (nowMs <= 120_000) starts++;
        life = ran(life, nowMs, ms);
        nowMs = life.notBeforeMs;
      }
      expect(starts).toBeLessThanOrEqual(7);
    }),
  );
});

it("forgets early exits after one steady run", () => {
  const died = ran(ran(neverStarted, 0, 1), 10_000, 1);
  expect(ran(died, 20_000, 60_000)).toEqual({ ...neverStarted, notBeforeMs: 80_000 });
});
