// A runner that stops says so before it hands a task back: else the task would go to one of its own claims. And it
// hears its claims out: one may have been answered with a task in this moment, and is handed back then.
import type { ClaimRequest, Task } from "#workers/transcoding/contract.ts";
import type { SchedulerClient } from "./scheduler-client.ts";

export interface HeldClaims {
  claim(body: ClaimRequest): Promise<Task | null>;
  /** Resolves when the Worker has heard that no claim is held open any more, or will not hear it. */
  left(): Promise<void>;
}

/** The answer to a claim that was left is on its way. */
const lastWordMs = 1_000;

export function heldClaims(
  client: Pick<SchedulerClient, "claim" | "leave">,
  stop: AbortSignal,
  farewellMs: number,
): HeldClaims {
  const held = new Map<string, AbortController>();
  let leaving: Promise<unknown> = Promise.resolve();

  const leave = async (runnerId: string, hungUp: AbortController, farewell: AbortSignal) => {
    try {
      await client.leave(runnerId, farewell);
      setTimeout(() => hungUp.abort(stop.reason), lastWordMs).unref();
    } catch {
      hungUp.abort(stop.reason);
    }
  };
  stop.addEventListener("abort", () => {
    const farewell = AbortSignal.timeout(farewellMs);
    leaving = Promise.all([...held].map(([runnerId, hungUp]) => leave(runnerId, hungUp, farewell)));
  });

  return {
    claim: async (body) => {
      const hungUp = new AbortController();
      held.set(body.runnerId, hungUp);
      try {
        return await client.claim(body, hungUp.signal);
      } finally {
        held.delete(body.runnerId);
      }
    },
    left: async () => {
      await leaving;
    },
  };
}
