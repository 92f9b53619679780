// Which constant rate a source is brought to. Pure.
import type { FrameRate } from "#workers/timeline/timeline.ts";
import type { ProbedVideo } from "./contract.ts";

const whole = (fps: number): FrameRate => ({ numerator: fps, denominator: 1 });
const ntsc = (thousands: number): FrameRate => ({ numerator: thousands * 1000, denominator: 1001 });

/** Every rate has whole ticks per frame in its timescale: 90000, or the numerator of a /1001 rate. */
export const supportedRates: readonly FrameRate[] = [
  ...[1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 18, 20].map(whole),
  ntsc(24),
  ...[24, 25].map(whole),
  ntsc(30),
  ...[30, 48, 50].map(whole),
  ntsc(60),
  whole(60),
];
const slowest = whole(1);

/** Timestamps in milliseconds (Matroska, FLV) and a long last picture move an average by less than this. */
const constantWithin = 0.02;
const sameRateWithin = 0.015;

export const framesPerSecond = (rate: FrameRate) => rate.numerator / rate.denominator;

/**
 * A constant rate is taken as it is. A variable one gets the grid of its usual distance between pictures: a
 * screen recording that pauses still moves at its own rate. Above `most` every second, third… picture is kept.
 */
export function chooseFrameRate(video: ProbedVideo, most: number): FrameRate {
  // One picture, shown as long as the sound lasts.
  if (video.packetCount < 2) return slowest;
  const average = video.averageFrameRate ? framesPerSecond(video.averageFrameRate) : null;
  const typical = video.nominalFrameRate ? framesPerSecond(video.nominalFrameRate) : null;
  return supportedRate(measuredRate(average, typical), most);
}

function measuredRate(average: number | null, typical: number | null): number {
  if (average === null || typical === null) return average ?? typical ?? framesPerSecond(slowest);
  const constant = Math.abs(average / typical - 1) <= constantWithin;
  return constant ? average : Math.max(average, typical);
}

/** The nearest supported rate up to `most`; between two, the faster one, which drops no picture. */
export function supportedRate(fps: number, most: number): FrameRate {
  const limit = Math.max(framesPerSecond(slowest), most) * (1 + sameRateWithin);
  const allowed = supportedRates.filter((rate) => framesPerSecond(rate) <= limit);
  const wanted = fps / Math.max(1, Math.ceil(fps / limit));
  const distance = (rate: FrameRate) => Math.abs(framesPerSecond(rate) / wanted - 1);
  const nearest = allowed.reduce((best, rate) => (distance(rate) < distance(best) ? rate : best));
  if (distance(nearest) <= sameRateWithin) return nearest;
  return allowed.find((rate) => framesPerSecond(rate) > wanted) ?? allowed.at(-1) ?? slowest;
}
