import type { Context } from "hono";
import { bearerToken, sameSecret } from "#workers/access/secrets.ts";
import type { Env } from "#workers/env.ts";
import type { ApiEnv } from "#workers/http/context.ts";
import { problemResponse } from "#workers/http/problem.ts";
import { flushCounts } from "./count.ts";
import { counters, shardCount } from "./counters-client.ts";
import { contentTypeOf, exposition, formatFor, type Gauge } from "./exposition.ts";
import { seriesKey } from "./series.ts";

/** The totals of all isolates, as of their last flush; this isolate's own counts are never behind. */
export async function metricsRoute(c: Context<ApiEnv>): Promise<Response> {
  const token = bearerToken(c.req.raw.headers);
  if (token === null || !(await sameSecret(token, c.env.METRICS_TOKEN))) {
    return problemResponse("unauthenticated", {
      requestId: c.var.requestId,
      headers: { "WWW-Authenticate": 'Bearer realm="sluice-metrics"' },
    });
  }
  await flushCounts(c.env);
  const [totals, gauges] = await Promise.all([sumOfShards(c.env), queueGauges(c.env)]);
  const format = formatFor(c.req.header("Accept") ?? null);
  return c.body(exposition(totals, gauges, format), 200, {
    "Content-Type": contentTypeOf(format),
    "Cache-Control": "no-store",
    Vary: "Accept",
  });
}

async function sumOfShards(env: Env): Promise<Record<string, number>> {
  const shards = Array.from({ length: shardCount }, (_, shard) => counters(env, shard).read());
  const totals: Record<string, number> = {};
  for (const shard of await Promise.all(shards)) {
    for (const [series, value] of Object.entries(shard)) totals[series] = (totals[series] ?? 0) + value;
  }
  return totals;
}

async function queueGauges(env: Env): Promise<readonly Gauge[]> {
  const stats = await env.SCHEDULER.getByName("board").stats();
  return [
    {
      name: "transcoding_queue_depth",
      help: "Tasks that wait for a runner or are held by one, by state.",
      samples: Object.entries(stats).map(([state, value]) => ({
        series: seriesKey("transcoding_queue_depth", { state }),
        value,
      })),
    },
  ];
}
