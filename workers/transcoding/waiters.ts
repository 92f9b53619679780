// Claims that are held open. In memory only: when the object goes, the calls break and the runners ask again.
import type { TaskOrder } from "./work-order.ts";

interface Waiter {
  readonly runnerId: string;
  readonly timer: ReturnType<typeof setTimeout>;
  resolve(order: TaskOrder | null): void;
}

export class Waiters {
  readonly #queue = new Set<Waiter>();

  hold(runnerId: string, waitSeconds: number): Promise<TaskOrder | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#queue.delete(waiter);
        resolve(null);
      }, waitSeconds * 1000);
      const waiter: Waiter = { runnerId, timer, resolve };
      this.#queue.add(waiter);
    });
  }

  /** Who waits longest is served first, until there is no more to take. */
  serve(take: (runnerId: string) => TaskOrder | null): void {
    for (const waiter of this.#queue) {
      const order = take(waiter.runnerId);
      if (order === null) return;
      clearTimeout(waiter.timer);
      this.#queue.delete(waiter);
      waiter.resolve(order);
    }
  }
}
