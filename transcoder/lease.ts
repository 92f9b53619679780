// Holding a task: heartbeats beside the work, and one signal that ends it when the lease is gone.
import type { Task } from "#workers/transcoding/contract.ts";
import { pause } from "./back-off.ts";
import { FatalRefusal, type SchedulerClient } from "./scheduler-client.ts";

export interface Lease {
  /** Fires when the lease is lost (also when no heartbeat got through for as long as it lasts) or `stop` fires. */
  readonly signal: AbortSignal;
  /** Set when the Worker refused the runner itself. */
  fatal(): FatalRefusal | null;
  lose(): void;
  progress(share: number): void;
  /** Ends the heartbeats. */
  release(): Promise<void>;
}

/** Progress is shown to people, so it is told more often than the lease needs. */
const longestBeatMs = 5_000;

export function holdLease(task: Task, client: SchedulerClient, stop: AbortSignal): Lease {
  const lost = new AbortController();
  const ended = new AbortController();
  const signal = AbortSignal.any([lost.signal, stop]);
  let fatal: FatalRefusal | null = null;
  let share = 0;
  const beat = async () => {
    let leaseMs = task.leaseSeconds * 1000;
    let endsAt = Date.now() + leaseMs;
    const over = AbortSignal.any([ended.signal, signal]);
    while (!over.aborted) {
      await pause(Math.min(leaseMs / 3, longestBeatMs), over);
      if (over.aborted) return;
      try {
        const seconds = await client.heartbeat(task, share, over);
        if (seconds === null) return lost.abort(new LeaseLost());
        leaseMs = seconds * 1000;
        endsAt = Date.now() + leaseMs;
      } catch (error) {
        if (error instanceof FatalRefusal) fatal = error;
        if (fatal || Date.now() > endsAt) return lost.abort(new LeaseLost());
      }
    }
  };
  const beating = beat();
  return {
    signal,
    fatal: () => fatal,
    lose: () => lost.abort(new LeaseLost()),
    progress: (value) => {
      share = Math.min(1, Math.max(share, value));
    },
    release: () => {
      ended.abort();
      return beating;
    },
  };
}

class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}
