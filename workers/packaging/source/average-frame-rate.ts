import type { FrameRate } from "#workers/timeline/timeline.ts";

const usual: readonly FrameRate[] = [
  ...[10, 12, 15, 24, 25, 30, 48, 50, 60, 100, 120].map((numerator) => ({ numerator, denominator: 1 })),
  ...[15_000, 24_000, 30_000, 48_000, 60_000, 120_000].map((numerator) => ({ numerator, denominator: 1001 })),
];
const tolerance = 0.001;

/** The usual rate within 0.1 % of the average, the nearest where two are; else the average to a thousandth. */
export function averageFrameRate(frames: number, seconds: number): FrameRate {
  const average = seconds > 0 ? frames / seconds : 0;
  const distance = (rate: FrameRate) => Math.abs(rate.numerator / rate.denominator / average - 1);
  const [nearest] = usual.toSorted((a, b) => distance(a) - distance(b));
  if (average > 0 && nearest && distance(nearest) <= tolerance) return nearest;
  return lowestTerms(Math.max(1, Math.round(average * 1000)), 1000);
}

function lowestTerms(numerator: number, denominator: number): FrameRate {
  let [a, b] = [numerator, denominator];
  while (b > 0) [a, b] = [b, a % b];
  return { numerator: numerator / a, denominator: denominator / a };
}
