// What runners say every few seconds. It is kept in memory, and written down for a lease only when half of it is over:
// after an eviction a lease may so end up to half of it early, and never while its runner is heard.
import type { BoardRows, BoardTask } from "./board-rows.ts";
import { leaseSeconds } from "./board.ts";

interface Beat {
  readonly attempt: number;
  readonly dueAtMs: number;
  readonly progress: number;
}

const halfLeaseMs = (leaseSeconds * 1000) / 2;

export class Heartbeats {
  readonly #rows: BoardRows;
  readonly #beats = new Map<string, Beat>();

  constructor(rows: BoardRows) {
    this.#rows = rows;
  }

  note({ id, state }: BoardTask, dueAtMs: number, progress: number): void {
    this.#beats.set(id, { attempt: state.attempt, dueAtMs, progress });
    if (dueAtMs - state.dueAtMs >= halfLeaseMs) this.#rows.setHeard(id, dueAtMs, progress);
  }

  /** When the lease really ends. */
  dueAtMs({ id, state }: BoardTask): number {
    const beat = this.#beats.get(id);
    return beat?.attempt === state.attempt ? Math.max(beat.dueAtMs, state.dueAtMs) : state.dueAtMs;
  }

  progress({ id, state, progress }: BoardTask): number {
    const beat = this.#beats.get(id);
    return beat?.attempt === state.attempt ? beat.progress : progress;
  }

  /** Of leases that ended meanwhile. */
  prune(nowMs: number): void {
    for (const [id, { dueAtMs }] of this.#beats) if (dueAtMs < nowMs) this.#beats.delete(id);
  }
}
