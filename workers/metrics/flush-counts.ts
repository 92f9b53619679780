// What an isolate counted, on its way to the counter objects.
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { randomToken } from "#workers/ids.ts";
import { takeCounts } from "./count.ts";
import { counters, repeatWithinMs, shardCount } from "./counters-client.ts";

interface Flush {
  readonly id: string;
  readonly shard: number;
  readonly takenMs: number;
  readonly deltas: Readonly<Record<string, number>>;
}

/** The deltas of one call travel in a request header, so a call carries a bounded number. */
const seriesPerCall = 100;

const unconfirmed: Flush[] = [];

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
  const taken = takeCounts();
  const fresh: Flush[] = [];
  for (let i = 0; i < taken.length; i += seriesPerCall) {
    const deltas = Object.fromEntries(taken.slice(i, i + seriesPerCall));
    fresh.push({ id: randomToken(9), shard: Math.floor(Math.random() * shardCount), takenMs: nowMs, deltas });
  }
  return [...repeats, ...fresh];
}
