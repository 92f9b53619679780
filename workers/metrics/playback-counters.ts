// The address of one shard of the counters. Every isolate that plays holds this class, so it holds nothing of
// counting: counter-shard.ts is loaded by the first call.
import { DurableObject } from "cloudflare:workers";
import type { Env } from "#workers/env.ts";
import type { CounterShard } from "./counter-shard.ts";

export class PlaybackCounters extends DurableObject<Env> {
  #shard: CounterShard | null = null;

  override async fetch(request: Request): Promise<Response> {
    const { CounterShard } = await import("./counter-shard.ts");
    return (this.#shard ??= new CounterShard(this.ctx, this.env)).fetch(request);
  }
}
