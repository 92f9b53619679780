// What short trial encodes of a film say of its ladder: how high a cap it can use, and which rungs add nothing. Pure.
import type { Probe } from "./contract.ts";
import type { Size } from "./ladder.ts";

export type Complexity = NonNullable<Probe["complexity"]>;

/** More pixels of the same film cost less each. */
const areaExponent = 0.75;
/** The trial is made with a preset that takes more bits than the real one does at its quality. */
const trialShare = 0.8;
/** A cap is for the hardest moments, the prediction for the mean. */
const headroom = 1.5;
/** Trials see seconds of a film. What they missed still gets this share of what it would have without them. */
const leastShare = 0.45;
/** Caps nearer than this to each other are no choice. */
const sameCapShare = 1.18;

/** Never above the profile's. */
export function titleCap(profileCapBps: number, size: Size, complexity: Complexity | undefined): number {
  if (complexity === undefined) return profileCapBps;
  const area = (size.width * size.height) / (complexity.width * complexity.height);
  const predictedBps = complexity.bitrateBps * trialShare * area ** areaExponent;
  const cap = Math.max(profileCapBps * leastShare, predictedBps * headroom);
  return Math.min(profileCapBps, Math.round(cap / 1000) * 1000);
}

export interface CappedRung {
  /** What the profile allows a rung of this size. */
  readonly profileCapBps: number;
  /** What this film needs of it. */
  readonly capBps: number;
}

/**
 * Ascending. A rung is left out where who can play it at its usual cap can play the next one of this film, or where
 * the next one's cap is nearly its own. Never two neighbours, so that no step becomes too high; never the last.
 */
export function worthwhile<T extends CappedRung>(rungs: readonly T[]): readonly T[] {
  let previousLeftOut = false;
  return rungs.filter((rung, index) => {
    const next = rungs[index + 1];
    previousLeftOut =
      next !== undefined &&
      !previousLeftOut &&
      next.capBps <= Math.max(rung.profileCapBps, rung.capBps * sameCapShare);
    return !previousLeftOut;
  });
}
