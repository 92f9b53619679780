import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentTypeOf, exposition, formatFor } from "./exposition.ts";
import { metrics, type MetricName } from "./names.ts";
import { parseExposition } from "#workers/testing/parse-exposition.ts";
import { deltasOf } from "./observe.ts";

type Observation = readonly [MetricName, Record<string, string>, number];

function totalsOf(observations: readonly Observation[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const [name, labels, value] of observations) {
    for (const { series, by } of deltasOf(name, labels, value)) totals[series] = (totals[series] ?? 0) + by;
  }
  return totals;
}

const gauges = [
  {
    name: "transcoding_queue_depth",
    help: "Tasks.",
    samples: [{ series: 'transcoding_queue_depth{state="ready"}', value: 3 }],
  },
];

describe("the exposition", () => {
  it("reads as expected, in both formats", () => {
    const totals = totalsOf([
      ["transcoding_jobs_total", { outcome: "ready" }, 2],
      ["transcoding_duration_seconds", {}, 7],
      ["transcoding_duration_seconds", {}, 15],
      ["transcoding_duration_seconds", {}, 99_999],
    ]);
    const open = exposition(totals, gauges, "openmetrics");
    expect(open).toContain(
      '# TYPE transcoding_jobs counter\n# HELP transcoding_jobs Videos whose transcoding ended, by outcome.\ntranscoding_jobs_total{outcome="ready"} 2\n',
    );
    expect(open).toContain(
      "# TYPE transcoding_duration_seconds histogram\n# UNIT transcoding_duration_seconds seconds\n",
    );
    expect(open).toContain('_bucket{le="5"} 0\n');
    expect(open).toContain('_bucket{le="15"} 2\n');
    expect(open).toContain('_bucket{le="10800"} 2\ntranscoding_duration_seconds_bucket{le="+Inf"} 3\n');
    expect(open).toContain("transcoding_duration_seconds_sum 100021\ntranscoding_duration_seconds_count 3\n");
    expect(open.endsWith('transcoding_queue_depth{state="ready"} 3\n# EOF\n')).toBe(true);

    const text = exposition(totals, gauges, "prometheus");
    expect(text).toContain("# TYPE transcoding_jobs_total counter\n");
    expect(text).not.toContain("# EOF");
    expect(text).not.toContain("# UNIT");
  });

  it("keeps the rules of the format for whatever was counted", () => {
    const label = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom('a"b', "a\\b", "a\nb", 'a,b="c', "ü"),
    );
    const observation: fc.Arbitrary<Observation> = fc.tuple(
      fc.constantFrom(...(Object.keys(metrics) as MetricName[])),
      fc.dictionary(fc.constantFrom("outcome", "route", "cache", "zone"), label),
      fc.nat(20_000),
    );
    fc.assert(
      fc.property(
        fc.array(observation),
        fc.constantFrom("openmetrics", "prometheus"),
        (observations, format) => {
          const families = parseExposition(exposition(totalsOf(observations), gauges, format), format);
          expect(families.size).toBe(Object.keys(metrics).length + 1);
        },
      ),
    );
  });

  it("is OpenMetrics only for who asks for it", () => {
    expect(formatFor(null)).toBe("prometheus");
    expect(formatFor("*/*")).toBe("prometheus");
    expect(formatFor("text/plain;version=0.0.4;q=0.5")).toBe("prometheus");
    expect(
      formatFor("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
    ).toBe("openmetrics");
    expect(contentTypeOf("openmetrics")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(contentTypeOf("prometheus")).toBe("text/plain; version=0.0.4; charset=utf-8");
  });
});
