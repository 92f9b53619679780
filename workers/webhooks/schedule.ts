// When a delivery is tried again. Pure.

const delaysSeconds = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000] as const;

export const maxAttempts = delaysSeconds.length + 1;

/** So that what failed together does not come back together. With it, the longest is below a queue's 12 hours. */
const jitter = 0.1;

/** After so many attempts that failed; null: there is no next one. `chance` in [0, 1). */
export function nextDelaySeconds(failedAttempts: number, chance: number): number | null {
  const delay = delaysSeconds[failedAttempts - 1];
  return delay === undefined ? null : Math.round(delay * (1 + jitter * chance));
}
