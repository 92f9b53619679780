/** Keeps the result joinable until `work` is over: bytes that were read but are not in a cache yet. */
export type Hold = (work: Promise<unknown>) => void;

type Waiter = Pick<ExecutionContext, "waitUntil">;

/**
 * Concurrent loads of one key are one load. The load runs under `waitUntil`: the request that began it may
 * be cancelled, and then nobody would ever answer the others.
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, { readonly startedAtMs: number; readonly result: Promise<T> }>();

  /** A load that others may join, or undefined. */
  joinable(key: string, nowMs: number): Promise<T> | undefined {
    const flight = this.#flights.get(key);
    if (flight === undefined) return undefined;
    // The runtime may have ended the load with its request: after this long nobody joins it any more.
    return nowMs - flight.startedAtMs < joinableForMs ? flight.result : undefined;
  }

  run(key: string, nowMs: number, ctx: Waiter, load: (hold: Hold) => Promise<T>): Promise<T> {
    return this.joinable(key, nowMs) ?? this.#start(key, nowMs, ctx, load);
  }

  #start(key: string, startedAtMs: number, ctx: Waiter, load: (hold: Hold) => Promise<T>): Promise<T> {
    const held: Promise<unknown>[] = [];
    const result = load((work) => held.push(work));
    const flight = { startedAtMs, result };
    this.#flights.set(key, flight);
    const land = async () => {
      await Promise.allSettled([result]);
      await Promise.allSettled(held);
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    ctx.waitUntil(land());
    return result;
  }
}

const joinableForMs = 10_000;
