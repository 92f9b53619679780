// Observations, counted into the buckets of a histogram. Apart from count.ts, which every playback loads.
import type { Env } from "#workers/env.ts";
import { addTo, scheduleFlush, type Waiter } from "./count.ts";
import { metrics, type HistogramName, type Metric, type MetricName } from "./names.ts";
import { seriesKey, type Labels } from "./series.ts";

export interface Delta {
  readonly series: string;
  readonly by: number;
}

export function observe(env: Env, ctx: Waiter, name: HistogramName, labels: Labels, value: number): void {
  for (const { series, by } of deltasOf(name, labels, value)) addTo(series, by);
  scheduleFlush(env, ctx, Date.now());
}

/** A histogram is kept as disjoint buckets, a sum and a count; the exposition makes the buckets cumulative. */
export function deltasOf(name: MetricName, labels: Labels, value: number): readonly Delta[] {
  const metric: Metric = metrics[name];
  switch (metric.kind) {
    case "counter":
      return [{ series: seriesKey(name, labels), by: value }];
    case "histogram": {
      const bound = metric.bounds.find((upper) => value <= upper);
      const le = bound === undefined ? "+Inf" : String(bound);
      return [
        { series: seriesKey(`${name}_bucket`, { ...labels, le }), by: 1 },
        { series: seriesKey(`${name}_sum`, labels), by: value },
        { series: seriesKey(`${name}_count`, labels), by: 1 },
      ];
    }
  }
}
