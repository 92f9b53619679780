// Claims from a task board with 500 runners, of which some die: the real board in workerd, with real D1 and R2.
import { simulate } from "../scripts/acceptance/board-simulation.ts";
import type { Claim } from "./claim.ts";

const runners = 500;

export const board: Claim = {
  name: "board",
  async run({ quick }) {
    const tasks = quick ? 500 : 2_000;
    const { outcome, passed, text } = await simulate({ runners, tasks, seed: 41, deaths: 0.05, slowness: 1 });
    if (outcome === null || !passed) throw new Error(`the simulation failed: ${text}`);
    const { claims, deaths, claimP50Ms, claimP99Ms, claimsPerSecond, burstOfClaimsMs } = outcome;
    const note = `${runners} runners, ${outcome.tasks} tasks of ${outcome.videos} videos, ${deaths} deaths, ${claims} claims, from the call of the object to its answer; the first claim of each of the ${runners}, all at once, took ${burstOfClaimsMs} ms; npm run acceptance has 10,000 tasks`;
    const row = { baseline: null, ratio: null, note };
    return [
      { ...row, name: "board-claim-p50", unit: "ms", value: claimP50Ms, aim: "none", met: true },
      {
        ...{ ...row, name: "board-claim-p99", unit: "ms", value: claimP99Ms },
        ...{ aim: "value <= 50", met: claimP99Ms <= 50 },
      },
      {
        ...{ ...row, name: "board-claims", unit: "claims/s", value: claimsPerSecond },
        ...{ aim: "value >= 100", met: claimsPerSecond >= 100 },
      },
    ];
  },
};
