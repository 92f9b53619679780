// A runner that stops hangs up, and says so before it hands a task back: else the task would go to one of its own
// claims, which nobody hears any more.
import type { ClaimRequest, Task } from "#workers/transcoding/contract.ts";
import type { SchedulerClient } from "./scheduler-client.ts";

export interface HeldClaims {
  claim(body: ClaimRequest, signal: AbortSignal): Promise<Task | null>;
  /** Resolves when the Worker has heard of it, or will not. */
  left(): Promise<void>;
}

export function heldClaims(
  client: Pick<SchedulerClient, "claim" | "leave">,
  stop: AbortSignal,
  farewellMs: number,
): HeldClaims {
  const held = new Set<string>();
  let leaving: Promise<unknown> = Promise.resolve();
  stop.addEventListener("abort", () => {
    const farewell = AbortSignal.timeout(farewellMs);
    leaving = Promise.allSettled([...held].map((runnerId) => client.leave(runnerId, farewell)));
  });
  return {
    claim: async (body, signal) => {
      held.add(body.runnerId);
      try {
        return await client.claim(body, signal);
      } finally {
        held.delete(body.runnerId);
      }
    },
    left: async () => {
      await leaving;
    },
  };
}
