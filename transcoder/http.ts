// Requests that outlive a bad network: whatever may pass is tried again, with full jitter, until it succeeds,
// is refused, or the caller gives up. Redirects are refused: a URL of a task goes where it says.
import { fullJitterMs, pause } from "./back-off.ts";
import { safeMessage } from "./log.ts";

export interface Attempts {
  /** Ends everything at once; its reason is thrown. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** After this long without an answer `Unreachable` is thrown. */
  readonly giveUpAfterMs: number;
}

export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** The first answer that is neither 408, 429 nor 5xx. The body is unread. */
export async function request(url: string, init: () => RequestInit, attempts: Attempts): Promise<Response> {
  return retried(attempts, async (signal) => {
    const response = await fetch(url, { ...init(), signal, redirect: "error" });
    if (!isPassing(response.status)) return response;
    await response.body?.cancel();
    throw new Error(`the server answered ${response.status}`);
  });
}

/** `again` is repeated for as long as it throws. */
export async function retried<T>(attempts: Attempts, again: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const giveUp = AbortSignal.timeout(attempts.giveUpAfterMs);
  for (let attempt = 0; ; attempt++) {
    try {
      const timeout = AbortSignal.timeout(attempts.timeoutMs);
      return await again(AbortSignal.any([attempts.signal, timeout]));
    } catch (error) {
      attempts.signal.throwIfAborted();
      if (error instanceof NoRetry) throw error;
      if (giveUp.aborted) throw new Unreachable(safeMessage(error));
    }
    await pause(fullJitterMs(attempt), attempts.signal);
    attempts.signal.throwIfAborted();
  }
}

/** Thrown by what `retried` repeats when repeating can't help. */
export class NoRetry extends Error {
  override readonly name: string = "NoRetry";
}

function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}
