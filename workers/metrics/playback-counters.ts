// A shard of the counters: small, only ever added to, wholly in memory, stored as one value after each call.
// That is what itty-durable is for; anything hot, with SQL or with alarms speaks native RPC.
import { createDurable } from "itty-durable";
import { counterMethods, type Counters } from "./counters-client.ts";

interface Seen {
  readonly sequence: number;
  readonly atMs: number;
}

/** Longer than any isolate waits before it repeats a flush. */
const forgetIsolateAfterMs = 600_000;

export class PlaybackCounters
  extends createDurable({ autoPersist: true })
  implements Record<keyof Counters, (...args: never[]) => unknown>
{
  totals: Record<string, number> = {};
  isolates: Record<string, Seen> = {};

  // itty-durable calls whatever method a path names, its own `destroy` and `reset` included.
  override async fetch(request: Request): Promise<Response> {
    const allowed = counterMethods.some((method) => new URL(request.url).pathname === `/do/call/${method}`);
    if (!allowed) return new Response(null, { status: 404 });
    return super.fetch(request);
  }

  add(isolateId: string, sequence: number, deltas: Readonly<Record<string, number>>, nowMs: number) {
    const last = this.isolates[isolateId];
    if (last !== undefined && sequence <= last.sequence) return { added: false };
    for (const [series, by] of Object.entries(deltas)) this.totals[series] = (this.totals[series] ?? 0) + by;
    for (const [id, seen] of Object.entries(this.isolates)) {
      if (nowMs - seen.atMs > forgetIsolateAfterMs) delete this.isolates[id];
    }
    this.isolates[isolateId] = { sequence, atMs: nowMs };
    return { added: true };
  }

  read(): Readonly<Record<string, number>> {
    return this.totals;
  }
}
