// A shard of the counters: small, only ever added to, wholly in memory, stored as one value with each change.
// That is what itty-durable is for; anything hot, with SQL or with alarms speaks native RPC. Its calls come through
// playback-counters.ts.
import { createDurable } from "itty-durable";
import { counterMethods, repeatWithinMs, type Counters } from "./counters-client.ts";

export class CounterShard
  extends createDurable()
  implements Record<keyof Counters, (...args: never[]) => unknown>
{
  totals: Record<string, number> = {};
  /** When each recent flush came. */
  flushes: Record<string, number> = {};

  // itty-durable calls whatever method a path names, its own `destroy` and `reset` included.
  override async fetch(request: Request): Promise<Response> {
    const allowed = counterMethods.some((method) => new URL(request.url).pathname === `/do/call/${method}`);
    if (!allowed) return new Response(null, { status: 404 });
    return super.fetch(request);
  }

  async add(flushId: string, deltas: Readonly<Record<string, number>>, nowMs: number) {
    if (this.flushes[flushId] !== undefined) return { added: false };
    for (const [id, atMs] of Object.entries(this.flushes)) {
      if (nowMs - atMs > 2 * repeatWithinMs) delete this.flushes[id];
    }
    this.flushes[flushId] = nowMs;
    for (const [series, by] of Object.entries(deltas)) this.totals[series] = (this.totals[series] ?? 0) + by;
    await this.persist();
    return { added: true };
  }

  read(): Readonly<Record<string, number>> {
    return this.totals;
  }
}
