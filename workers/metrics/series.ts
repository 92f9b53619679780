// One number a series, under its exposition name: what isolates add up and the counter objects keep.
import { metrics, type Metric, type MetricName } from "./names.ts";

export type Labels = Readonly<Record<string, string>>;

export interface Delta {
  readonly series: string;
  readonly by: number;
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

/** `name{a="1",b="2"}`, labels in order of their names, so equal series have equal keys. */
export function seriesKey(name: string, labels: Labels): string {
  const pairs = Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => `${label}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

/** Series travel in a header of the counter object's protocol, hence the ASCII. */
function escapeLabel(value: string): string {
  return value
    .slice(0, 100)
    .replaceAll(/[^\x20-\x7e]/g, "?")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"');
}
