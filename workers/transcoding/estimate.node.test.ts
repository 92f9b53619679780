import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { etaSeconds, withMeasured, type WorkLeft } from "./estimate.ts";

const left: WorkLeft = { runningWeights: [50, 100], waitingWeight: 300, waitingTasks: 3, paused: false };
const pace = { secondsPerWeight: 2, slots: 2, jobs: 1 };

describe("the time left", () => {
  it("is not told where it is not known", () => {
    expect(etaSeconds({ ...left, paused: true }, pace)).toBeNull();
    expect(etaSeconds(left, { ...pace, secondsPerWeight: null })).toBeNull();
    expect(etaSeconds(left, { ...pace, slots: 0 })).toBeNull();
  });

  it("is all that is left over the slots that it has, or its share of all of them", () => {
    expect(etaSeconds(left, pace)).toBe((450 / 2) * 2);
    expect(etaSeconds(left, { ...pace, slots: 8, jobs: 2 })).toBe((450 / 4) * 2);
    // With a slot for each: as long as the longest.
    expect(etaSeconds(left, { ...pace, slots: 500, jobs: 1 })).toBe(100 * 2);
    expect(etaSeconds({ ...left, runningWeights: [] }, { ...pace, slots: 1, jobs: 4 })).toBe(300 * 4 * 2);
  });

  it("is never shorter than the longest task that is under way, never negative, and 0 at the end", () => {
    const weight = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(weight, { maxLength: 5 }),
        weight,
        fc.nat(20),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 0, max: 50 }),
        (runningWeights, waitingWeight, waitingTasks, slots, jobs) => {
          const work = { runningWeights, waitingWeight, waitingTasks, paused: false };
          const eta = etaSeconds(work, { secondsPerWeight: 1, slots, jobs });
          expect(eta).toBeGreaterThanOrEqual(Math.max(0, ...runningWeights));
          expect(Number.isInteger(eta)).toBe(true);
        },
      ),
    );
    const none = { runningWeights: [], waitingWeight: 0, waitingTasks: 0, paused: false };
    expect(etaSeconds(none, pace)).toBe(0);
  });
});

describe("the pace", () => {
  it("follows what tasks take now, and leaves out what says nothing", () => {
    let measured = { seconds: 0, weight: 0 };
    for (let task = 0; task < 100; task++) measured = withMeasured(measured, { seconds: 10, weight: 5 });
    expect(measured.seconds / measured.weight).toBeCloseTo(2);
    for (let task = 0; task < 60; task++) measured = withMeasured(measured, { seconds: 20, weight: 5 });
    expect(measured.seconds / measured.weight).toBeGreaterThan(3.8);
    for (const nothing of [
      { seconds: 1, weight: 0 },
      { seconds: -1, weight: 5 },
      { seconds: Number.NaN, weight: 5 },
    ]) {
      expect(withMeasured(measured, nothing)).toBe(measured);
    }
  });
});
