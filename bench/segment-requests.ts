// What segment-cold and segment-hit share: the bare read they are compared with, and the rows.
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

export function judgeSegments(
  name: string,
  samples: Readonly<Record<"subject" | "bare", readonly Cost[]>>,
  atLeast: number,
  perRound: number,
): readonly Result[] {
  const rateOf = (costs: readonly Cost[]) => costs.map(({ requestsPerSecond }) => requestsPerSecond);
  const cpuOf = (costs: readonly Cost[]) => median(costs.map(({ cpuMsPerRequest }) => cpuMsPerRequest));
  const bareMs = cpuOf(samples.bare).toPrecision(3);
  return [
    judge({
      name,
      unit: "req/s",
      values: rateOf(samples.subject),
      baselines: rateOf(samples.bare),
      aim: { of: "ratio", is: ">=", bound: atLeast },
      cpuMsPerRequest: cpuOf(samples.subject),
      note: `1 MB, local stack, baseline is a bare R2 ranged get (${bareMs} CPU ms); the simulators of R2 and cache run in the same process; ${perRound} requests a round`,
    }),
  ];
}
