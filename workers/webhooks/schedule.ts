// When a delivery is tried again. Pure.

const delaysSeconds = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000] as const;

export const maxAttempts = delaysSeconds.length + 1;

/** So that what failed together does not come back together. With it, the longest is below a queue's 12 hours. */
const jitter = 0.1;
const longestSeconds = Math.max(...delaysSeconds);
/** From the first attempt to the last. */
const wholeSeconds = delaysSeconds.reduce((sum, delay) => sum + delay, 0);

/** What an endpoint that is busy asked for, and how long it is since the first attempt. */
export interface AskedWait {
  readonly seconds: number;
  readonly elapsedSeconds: number;
}

/** After so many attempts that failed; null: there is no next one. `chance` in [0, 1). */
export function nextDelaySeconds(
  failedAttempts: number,
  chance: number,
  asked: AskedWait | null = null,
): number | null {
  const delay = delaysSeconds[failedAttempts - 1];
  if (delay === undefined) return null;
  // Never sooner than without it, and nobody puts a delivery off for ever.
  const granted =
    asked === null ? 0 : Math.min(asked.seconds, longestSeconds, wholeSeconds - asked.elapsedSeconds);
  return Math.round(Math.max(delay, granted) * (1 + jitter * chance));
}

/** RFC 9110 10.2.3: seconds, or a date. Null where it says neither, or is of a status that asks for no patience. */
export function retryAfterSeconds(status: number, text: string | null, nowMs: number): number | null {
  if (text === null || (status !== 429 && status !== 503)) return null;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text);
  // All three formats of HTTP's dates begin with the day's name; Date.parse takes more.
  const atMs = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? null : Math.max(0, Math.ceil((atMs - nowMs) / 1_000));
}
