// What segment-cold and segment-hit share: what they are compared with, and their rows.
import type { Stack } from "../scripts/stack/stack.ts";
import { baselineUrl } from "./bench-stack.ts";
import { judge, median } from "./claim.ts";
import type { Cost, LoadRequest } from "./load.ts";
import type { Result } from "./results.ts";
import type { SegmentVideo } from "./segment-video.ts";

/** A ranged get of R2 by a Worker that does nothing else, of the bytes of segment `n`. */
export function bareRange(stack: Stack, video: SegmentVideo, n: number): LoadRequest {
  return { url: baselineUrl(stack, "range", video.storedRange(n)), status: 200 };
}

/** The same through the cache: looked for there, read, and put there. */
export function bareFill(stack: Stack, video: SegmentVideo, n: number): LoadRequest {
  return { url: baselineUrl(stack, "fill", { ...video.storedRange(n), name: n }), status: 200 };
}

interface SegmentSamples {
  readonly name: string;
  readonly subject: readonly Cost[];
  readonly baseline: readonly Cost[];
  readonly baselineIs: string;
  readonly atLeast: number;
  readonly perRound: number;
}

export function judgeSegments(samples: SegmentSamples): Result {
  const { name, subject, baseline, baselineIs, atLeast, perRound } = samples;
  const rateOf = (costs: readonly Cost[]) => costs.map(({ requestsPerSecond }) => requestsPerSecond);
  const cpuOf = (costs: readonly Cost[]) => median(costs.map(({ cpuMsPerRequest }) => cpuMsPerRequest));
  return judge({
    name,
    unit: "req/s",
    values: rateOf(subject),
    baselines: rateOf(baseline),
    aim: { of: "ratio", is: ">=", bound: atLeast },
    cpuMsPerRequest: cpuOf(subject),
    note: `1 MB, local stack, ${perRound} requests a round; baseline is ${baselineIs} (${cpuOf(baseline).toPrecision(3)} CPU ms); CPU includes the simulators of R2 and cache`,
  });
}
