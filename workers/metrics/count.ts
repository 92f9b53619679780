// Counting costs an addition in memory. What an isolate counted goes to one shard of the counter objects
// every METRICS_FLUSH_SECONDS, in the waitUntil of some request; at most that much is lost with an isolate.
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { randomToken } from "#workers/ids.ts";
import { counters, shardCount } from "./counters-client.ts";
import type { MetricName } from "./names.ts";
import { deltasOf, type Labels } from "./series.ts";

interface Waiter {
  waitUntil(promise: Promise<unknown>): void;
}

interface Flush {
  readonly sequence: number;
  readonly deltas: Readonly<Record<string, number>>;
}

/** The deltas of one call travel in a request header, so a call carries a bounded number. */
const seriesPerCall = 100;

const pending = new Map<string, number>();
/** Sent, but not known to have arrived: goes again under its number before anything newer. */
let unconfirmed: Flush | null = null;
let sequence = 0;
let flushing: Promise<void> | null = null;
let scheduledUntilMs = 0;
let isolate: { readonly id: string; readonly shard: number } | null = null;

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
  // A time, not a flag: the request that carries the timer can be cancelled, and the next one takes over.
  scheduledUntilMs = nowMs + delayMs + 5_000;
  ctx.waitUntil(
    new Promise((resolve) => setTimeout(resolve, delayMs)).then(async () => {
      scheduledUntilMs = 0;
      await flushCounts(env);
    }),
  );
}

/** Sends what this isolate has counted. Never throws: what could not be sent is kept. */
export function flushCounts(env: Env): Promise<void> {
  flushing ??= sendPending(env)
    .catch((error: unknown) => logError("metrics.flushFailed", error))
    .finally(() => {
      flushing = null;
    });
  return flushing;
}

async function sendPending(env: Env): Promise<void> {
  // Random numbers are refused outside a request, so the isolate names itself at its first flush.
  isolate ??= { id: randomToken(9), shard: Math.floor(Math.random() * shardCount) };
  const shard = counters(env, isolate.shard);
  for (let flush = nextFlush(); flush !== null; flush = nextFlush()) {
    unconfirmed = flush;
    await shard.add(isolate.id, flush.sequence, flush.deltas, Date.now());
    unconfirmed = null;
  }
}

function nextFlush(): Flush | null {
  if (unconfirmed !== null) return unconfirmed;
  if (pending.size === 0) return null;
  const taken = [...pending].slice(0, seriesPerCall);
  for (const [series] of taken) pending.delete(series);
  sequence += 1;
  return { sequence, deltas: Object.fromEntries(taken) };
}
