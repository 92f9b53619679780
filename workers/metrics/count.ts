// Counting costs an addition in memory. What an isolate counted goes to one shard of the counter objects
// every METRICS_FLUSH_SECONDS, in the waitUntil of some request (flush-counts.ts). What a dying isolate or a
// request that is cut off had in hand is lost; nothing is ever counted twice.
import type { Env } from "#workers/env.ts";
import type { CounterName } from "./names.ts";
import { seriesKey, type Labels } from "./series.ts";

export interface Waiter {
  waitUntil(promise: Promise<unknown>): void;
}

// Values only: a promise of one request must not be awaited by another, whose context may outlive it.
const pending = new Map<string, number>();
let scheduledUntilMs = 0;

export function count(env: Env, ctx: Waiter, name: CounterName, labels: Labels = {}, by = 1): void {
  addTo(seriesKey(name, labels), by);
  scheduleFlush(env, ctx, Date.now());
}

export function addTo(series: string, by: number): void {
  pending.set(series, (pending.get(series) ?? 0) + by);
}

/** What was counted since the last time. */
export function takeCounts(): readonly (readonly [series: string, by: number])[] {
  const taken = [...pending];
  pending.clear();
  return taken;
}

export function scheduleFlush(env: Env, ctx: Waiter, nowMs: number): void {
  if (nowMs < scheduledUntilMs) return;
  const delayMs = Number(env.METRICS_FLUSH_SECONDS) * 1_000;
  // A time, not a flag: the request that carries the timer can be cut off, and a later one takes over.
  scheduledUntilMs = nowMs + delayMs + 5_000;
  ctx.waitUntil(flushAfter(env, delayMs));
}

async function flushAfter(env: Env, delayMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  scheduledUntilMs = 0;
  const { flushCounts } = await import("./flush-counts.ts");
  await flushCounts(env, Date.now());
}
