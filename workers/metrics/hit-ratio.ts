// Of the requests that reached a cache, the share that it answered: isolate memory first, then the location's cache,
// then the bucket. Derived from counters when it is asked for, so a scraper can make its own over any time.
import type { Gauge } from "./exposition.ts";
import { seriesKey } from "./series.ts";

const kinds = [
  { kind: "segment", counter: "segment_requests_total" },
  { kind: "playlist", counter: "playlist_requests_total" },
] as const;

export function hitRatios(totals: Readonly<Record<string, number>>): Gauge {
  const samples = kinds.flatMap(({ kind, counter }) => {
    const of = (tier: string) => totals[seriesKey(counter, { tier })] ?? 0;
    let reached = of("isolate") + of("edge") + of("origin");
    return ["isolate", "edge"].flatMap((tier) => {
      const answered = of(tier);
      const value = answered / reached;
      reached -= answered;
      // Nothing reached it yet: no ratio is better than a wrong one.
      return Number.isFinite(value) ? [{ series: seriesKey("cdn_hit_ratio", { kind, tier }), value }] : [];
    });
  });
  return {
    name: "cdn_hit_ratio",
    help: "Share of the requests that reached a cache tier which it answered, since the counters began.",
    samples,
  };
}
