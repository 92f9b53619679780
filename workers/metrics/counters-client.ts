// The typed way to a counter object: itty-durable's proxy is untyped and calls any method by name.
import { proxyDurable } from "itty-durable";
import type { Env } from "#workers/env.ts";

/** An object bears about 1,000 requests a second; isolates flush every 10 s and spread over these. */
export const shardCount = 8;

export const counterMethods = ["add", "read"] as const;

/** A repeated flush is known by its id for twice this long. */
export const repeatWithinMs = 60_000;

export interface Counters {
  /** Adds once a flush: a repeat changes nothing. */
  add(
    flushId: string,
    deltas: Readonly<Record<string, number>>,
    nowMs: number,
  ): Promise<{ readonly added: boolean }>;
  read(): Promise<Readonly<Record<string, number>>>;
}

/**
 * Never `await` or return the stub itself from an async function: its proxy would take `then` for a
 * property of the object and ask for it.
 */
export function counters(env: Env, shard: number): Counters {
  const stub = proxyDurable(env.COUNTERS, { name: "COUNTERS", parse: true }).get(
    `counters-${shard}`,
  ) as Counters;
  return {
    add: (flushId, deltas, nowMs) => stub.add(flushId, deltas, nowMs),
    read: () => stub.read(),
  };
}
