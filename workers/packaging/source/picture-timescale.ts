// What pictures of an uploaded file are counted in: what its ladder's are counted in, by their rate. A player that is
// moved from one to the other starts its clock anew where the two count differently (hls.js 1.7), and leaves a hole.
import { timescaleOf } from "#workers/timeline/grid.ts";
import type { FrameRate } from "#workers/timeline/timeline.ts";

const ladderRates = [24_000, 30_000, 60_000];

export function pictureTimescale(rate: FrameRate): number {
  const isLadders = rate.denominator === 1001 && ladderRates.includes(rate.numerator);
  return isLadders ? timescaleOf(rate) : 90_000;
}

/** Times, not durations: each is rounded by itself, so that no error adds up. */
export interface TickScale {
  readonly fromTimescale: number;
  readonly toTimescale: number;
}

export function scaleTicks(ticks: number, { fromTimescale, toTimescale }: TickScale): number {
  return fromTimescale === toTimescale ? ticks : Math.round((ticks * toTimescale) / fromTimescale);
}
