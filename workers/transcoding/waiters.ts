// Claims that are held open. In memory only: when the object goes, the calls break and the runners ask again.
import type { Claim } from "./tasks.ts";
import type { TaskOrder } from "./work-order.ts";

interface Waiter {
  readonly claim: Claim;
  readonly timer: ReturnType<typeof setTimeout>;
  resolve(order: TaskOrder | null): void;
}

export class Waiters {
  readonly #queue = new Set<Waiter>();

  hold(claim: Claim, waitSeconds: number): Promise<TaskOrder | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#queue.delete(waiter);
        resolve(null);
      }, waitSeconds * 1000);
      const waiter: Waiter = { claim, timer, resolve };
      this.#queue.add(waiter);
    });
  }

  /** A runner that stops takes nothing any more. */
  leave(runnerId: string): void {
    for (const waiter of this.#queue) {
      if (waiter.claim.runnerId !== runnerId) continue;
      clearTimeout(waiter.timer);
      this.#queue.delete(waiter);
      waiter.resolve(null);
    }
  }

  /**
   * Who waits longest is served first. Where one gets nothing, nobody does who may take no more than that one, except
   * what is kept for them.
   */
  serve(take: (claim: Claim) => TaskOrder | null, isKeptFor: (claim: Claim) => boolean): void {
    const inVain = new Set<string>();
    for (const waiter of this.#queue) {
      const { codecs, scope } = waiter.claim;
      const may = JSON.stringify([codecs.toSorted(), scope ?? null]);
      if (inVain.has(may) && !isKeptFor(waiter.claim)) continue;
      const order = take(waiter.claim);
      if (order === null) {
        inVain.add(may);
        continue;
      }
      clearTimeout(waiter.timer);
      this.#queue.delete(waiter);
      waiter.resolve(order);
    }
  }
}
