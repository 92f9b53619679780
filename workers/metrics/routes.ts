import type { Context } from "hono";
import { bearerToken, sameSecret } from "#workers/access/secrets.ts";
import type { Env } from "#workers/env.ts";
import type { ApiEnv } from "#workers/http/context.ts";
import { logError } from "#workers/http/log.ts";
import { problemResponse } from "#workers/http/problem.ts";
import { counters, shardCount } from "./counters-client.ts";
import { contentTypeOf, exposition, formatFor, type Gauge } from "./exposition.ts";
import { flushCounts } from "./flush-counts.ts";
import { hitRatios } from "./hit-ratio.ts";
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
  await flushCounts(c.env, Date.now());
  const [totals, gauges] = await Promise.all([sumOfShards(c.env), boardGauges(c.env)]);
  const format = formatFor(c.req.header("Accept") ?? null);
  return c.body(exposition(totals, [hitRatios(totals), ...gauges], format), 200, {
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

/** Without the board's answer the counters are still worth having. */
async function boardGauges(env: Env): Promise<readonly Gauge[]> {
  try {
    const { jobs, openTasks, tasks } = await env.SCHEDULER.getByName("board").stats();
    const one = (name: string, help: string, value: number) => ({
      name,
      help,
      samples: [{ series: name, value }],
    });
    return [
      one("transcoding_queue_depth", "Tasks that wait for a runner or are held by one.", openTasks),
      one("transcoding_open_jobs", "Videos on the task board.", jobs),
      {
        name: "transcoding_board_tasks",
        help: "Tasks on the board, by kind and phase.",
        samples: tasks.map(({ kind, phase, count }) => ({
          series: seriesKey("transcoding_board_tasks", { kind, phase }),
          value: count,
        })),
      },
    ];
  } catch (error) {
    logError("metrics.boardFailed", error);
    return [];
  }
}
