// Counting costs an addition in memory. What an isolate counted goes to one shard of the counter objects
// every METRICS_FLUSH_SECONDS, in the waitUntil of some request. What a dying isolate or a request that is
// cut off had in hand is lost; nothing is ever counted twice.
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { randomToken } from "#workers/ids.ts";
import { counters, repeatWithinMs, shardCount } from "./counters-client.ts";
import type { MetricName } from "./names.ts";
import { deltasOf, type Labels } from "./series.ts";

interface Waiter {
  waitUntil(promise: Promise<unknown>): void;
}

interface Flush {
  readonly id: string;
  readonly shard: number;
  readonly takenMs: number;
  readonly deltas: Readonly<Record<string, number>>;
}

/** The deltas of one call travel in a request header, so a call carries a bounded number. */
const seriesPerCall = 100;

// Values only: a promise of one request must not be awaited by another, whose context may outlive it.
const pending = new Map<string, number>();
const unconfirmed: Flush[] = [];
let scheduledUntilMs = 0;

/** For a histogram `by` is the observed value. */
export function count(env: Env, ctx: Waiter, name: MetricName, labels: Labels = {}, by = 1): void {
  for (const delta of deltasOf(name, labels, by)) {
    pending.set(delta.series, (pending.get(delta.series) ?? 0) + delta.by);
  }
  scheduleFlush(env, ctx, Date.now());
}

function scheduleFlush(env: Env, ctx: Waiter, nowMs: number): void {
  if (nowMs < scheduledUntilMs) return;
  const delayMs = Number(env.METRICS_FLUSH_SECONDS) * 1_000;
  // A time, not a flag: the request that carries the timer can be cut off, and a later one takes over.
  scheduledUntilMs = nowMs + delayMs + 5_000;
  ctx.waitUntil(flushAfter(env, delayMs));
}

async function flushAfter(env: Env, delayMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  scheduledUntilMs = 0;
  await flushCounts(env, Date.now());
}

/** Sends what this isolate has counted. Never throws: what did not arrive for sure goes again next time. */
export async function flushCounts(env: Env, nowMs: number): Promise<void> {
  for (const flush of takeFlushes(nowMs)) {
    try {
      await counters(env, flush.shard).add(flush.id, flush.deltas, nowMs);
    } catch (error) {
      unconfirmed.push(flush);
      logError("metrics.flushFailed", error, { shard: flush.shard });
    }
  }
}

function takeFlushes(nowMs: number): readonly Flush[] {
  // Later than that a repeat could count twice, so it is dropped.
  const repeats = unconfirmed.splice(0).filter((flush) => nowMs - flush.takenMs < repeatWithinMs);
  const taken = [...pending];
  pending.clear();
  const fresh: Flush[] = [];
  for (let i = 0; i < taken.length; i += seriesPerCall) {
    const deltas = Object.fromEntries(taken.slice(i, i + seriesPerCall));
    fresh.push({ id: randomToken(9), shard: Math.floor(Math.random() * shardCount), takenMs: nowMs, deltas });
  }
  return [...repeats, ...fresh];
}
