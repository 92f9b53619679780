// What BANDWIDTH and AVERAGE-BANDWIDTH may claim: measured from the bytes that are sent, not from a target.
import { segmentDurations, segmentSizes } from "#workers/timeline/segments.ts";
import type { Fragments, SegmentFragments, Timeline, Track } from "#workers/timeline/timeline.ts";
import { targetDurationSeconds } from "./target-duration.ts";

export interface Bitrate {
  readonly peakBps: number;
  readonly averageBps: number;
}

/** While a timeline grows its peak is not known yet: the encoder's cap stands in until the measure exceeds it. */
export function trackBitrate(timeline: Timeline, track: Track, g: SegmentFragments): Bitrate {
  const { fragments, format } = track;
  const { complete } = timeline;
  // What a span holds besides this track is not known, so neither is what is sent of it.
  if (fragments.runs.some(({ location }) => location.kind === "span"))
    return { peakBps: format.maxBitrateBps, averageBps: format.maxBitrateBps };
  const targetSeconds = targetDurationSeconds(timeline, g);
  const measured = once(fragments, `${g} ${complete} ${targetSeconds} ${format.timescale}`, () => {
    const sizes = segmentSizes(fragments, g, complete);
    return measure(sizes, segmentDurations(fragments, g, complete), format.timescale, targetSeconds);
  });
  if (complete && measured.peakBps > 0) return measured;
  const peakBps = Math.max(measured.peakBps, format.maxBitrateBps);
  return { peakBps, averageBps: measured.averageBps > 0 ? measured.averageBps : peakBps };
}

/** Key frames alone, each shown for its whole fragment: an I-frame playlist. */
export function keyFrameBitrate(timeline: Timeline, { fragments, format }: Track): Bitrate {
  const targetSeconds = targetDurationSeconds(timeline, 1);
  return once(fragments, `key frames ${targetSeconds} ${format.timescale}`, () =>
    measure(fragments.leadBytes, fragments.durationTicks, format.timescale, targetSeconds),
  );
}

/** A table never changes, and a multivariant playlist is printed for each viewer: each measure is taken once. */
const measures = new WeakMap<Fragments, Map<string, Bitrate>>();

function once(fragments: Fragments, key: string, take: () => Bitrate): Bitrate {
  let known = measures.get(fragments);
  if (known === undefined) measures.set(fragments, (known = new Map()));
  let bitrate = known.get(key);
  if (bitrate === undefined) known.set(key, (bitrate = take()));
  return bitrate;
}

/**
 * RFC 8216bis 4.1: the peak is the largest bit rate of any contiguous set of segments that lasts between 0.5
 * and 1.5 target durations. So a tail of a few frames counts only together with the segment before it.
 */
export function measure(
  sizes: ArrayLike<number>,
  durations: ArrayLike<number>,
  timescale: number,
  targetSeconds: number,
): Bitrate {
  const least = 0.5 * targetSeconds * timescale;
  const most = 1.5 * targetSeconds * timescale;
  let peak = 0;
  let totalBytes = 0;
  let totalTicks = 0;
  for (let from = 0; from < sizes.length; from++) {
    totalBytes += sizes[from] ?? 0;
    totalTicks += durations[from] ?? 0;
    let bytes = 0;
    let ticks = 0;
    for (let to = from; to < sizes.length; to++) {
      bytes += sizes[to] ?? 0;
      ticks += durations[to] ?? 0;
      // A single segment counts however long it is: a viewer has to fetch it all the same.
      if (ticks > most && to > from) break;
      if (ticks >= least) peak = Math.max(peak, bytes / ticks);
    }
  }
  if (totalTicks === 0) return { peakBps: 0, averageBps: 0 };
  const average = totalBytes / totalTicks;
  const bps = (bytesPerTick: number) => Math.ceil(bytesPerTick * 8 * timescale);
  // A track shorter than half a target duration has no qualifying set.
  return { peakBps: bps(Math.max(peak, average)), averageBps: bps(average) };
}
