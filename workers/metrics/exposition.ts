// The numbers as Prometheus text 0.0.4 or OpenMetrics 1.0, whichever the scraper asks for. Pure.
import { metrics, type Metric } from "./names.ts";

export type Format = "openmetrics" | "prometheus";

export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly { readonly series: string; readonly value: number }[];
}

// Exactly these: Prometheus 3 refuses a content type that it does not know.
const contentTypes = {
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
} as const satisfies Record<Format, string>;

export function contentTypeOf(format: Format): string {
  return contentTypes[format];
}

export function formatFor(accept: string | null): Format {
  return /(?:^|,)\s*application\/openmetrics-text(?=\s*[;,]|\s*$)/i.test(accept ?? "")
    ? "openmetrics"
    : "prometheus";
}

/** `totals` are series as workers/metrics/series.ts makes them, summed over the shards. */
export function exposition(
  totals: Readonly<Record<string, number>>,
  gauges: readonly Gauge[],
  format: Format,
): string {
  const lines: string[] = [];
  for (const [name, metric] of Object.entries<Metric>(metrics)) {
    switch (metric.kind) {
      case "counter":
        lines.push(...header(name, metric, format), ...samples(totals, name));
        break;
      case "histogram":
        lines.push(...header(name, metric, format), ...histogram(totals, name, metric.bounds));
        break;
    }
  }
  for (const gauge of gauges) {
    lines.push(`# TYPE ${gauge.name} gauge`, `# HELP ${gauge.name} ${escapeHelp(gauge.help)}`);
    for (const { series, value } of gauge.samples) lines.push(`${series} ${value}`);
  }
  if (format === "openmetrics") lines.push("# EOF");
  return `${lines.join("\n")}\n`;
}

/** OpenMetrics names a counter's family without `_total`; Prometheus text with it. */
function header(name: string, metric: Metric, format: Format): string[] {
  const family = metric.kind === "counter" && format === "openmetrics" ? name.replace(/_total$/, "") : name;
  const unit =
    metric.unit !== undefined && format === "openmetrics" ? [`# UNIT ${family} ${metric.unit}`] : [];
  return [`# TYPE ${family} ${metric.kind}`, ...unit, `# HELP ${family} ${escapeHelp(metric.help)}`];
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function labelsOf(series: string, name: string): string | null {
  if (series === name) return "";
  return series.startsWith(`${name}{`) ? series.slice(name.length + 1, -1) : null;
}

function samples(totals: Readonly<Record<string, number>>, name: string): string[] {
  return Object.keys(totals)
    .filter((series) => labelsOf(series, name) !== null)
    .sort()
    .map((series) => `${series} ${totals[series] ?? 0}`);
}

/** "Buckets MUST be cumulative"; `+Inf` equals the count because both are sums of the same observations. */
function histogram(
  totals: Readonly<Record<string, number>>,
  name: string,
  bounds: readonly number[],
): string[] {
  const lines: string[] = [];
  const groups = Object.keys(totals)
    .map((series) => labelsOf(series, `${name}_count`))
    .filter((labels) => labels !== null)
    .sort();
  for (const labels of groups) {
    const others = labels === "" ? [] : labels.split(/,(?=[a-z_]+=")/);
    const key = (suffix: string, extra: readonly string[] = []) => {
      const pairs = [...others, ...extra].toSorted();
      return pairs.length === 0 ? `${name}${suffix}` : `${name}${suffix}{${pairs.join(",")}}`;
    };
    let cumulative = 0;
    for (const le of [...bounds.map(String), "+Inf"]) {
      const bucket = key("_bucket", [`le="${le}"`]);
      cumulative += totals[bucket] ?? 0;
      lines.push(`${bucket} ${cumulative}`);
    }
    lines.push(`${key("_sum")} ${totals[key("_sum")] ?? 0}`, `${key("_count")} ${cumulative}`);
  }
  return lines;
}
