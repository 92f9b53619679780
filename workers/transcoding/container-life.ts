// When a container that ended may be started again. Pure.

export interface Life {
  /** Of what runs, as far as is known; null when its end was noted. */
  readonly startedAtMs: number | null;
  /** It was told to end. */
  readonly stopping: boolean;
  /** In a row. */
  readonly earlyExits: number;
  readonly notBeforeMs: number;
  readonly keepsDying: boolean;
}

export const neverStarted: Life = {
  startedAtMs: null,
  stopping: false,
  earlyExits: 0,
  notBeforeMs: 0,
  keepsDying: false,
};

/** What ran for as long as this was no mistake of its image or settings. */
const steadyAfterMs = 60_000;
const firstBackOffMs = 2_000;
/** A crash loop costs no more than a start in ten minutes. */
const longestBackOffMs = 10 * 60_000;
/** Early exits until someone is told. */
const toleratedEarlyExits = 5;

export function afterExit(life: Life, nowMs: number): Life {
  const ranMs = nowMs - (life.startedAtMs ?? nowMs);
  if (life.stopping || ranMs >= steadyAfterMs) return { ...neverStarted, notBeforeMs: nowMs };
  const earlyExits = life.earlyExits + 1;
  const backOffMs = Math.min(longestBackOffMs, firstBackOffMs * 2 ** Math.min(earlyExits - 1, 20));
  return {
    startedAtMs: null,
    stopping: false,
    earlyExits,
    notBeforeMs: nowMs + backOffMs,
    keepsDying: earlyExits >= toleratedEarlyExits,
  };
}
