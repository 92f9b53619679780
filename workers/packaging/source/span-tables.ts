// Fragment tables of a film kept as spans: places and sizes are those of the spans, the same in all tracks.
import type { Fragments, Run } from "#workers/timeline/timeline.ts";
import { measure } from "../bitrate.ts";
import type { ByteRange } from "./source.ts";

/** `edgeTicks`: when each fragment begins on the track's own timeline, and when the last one ends. */
export function spanFragments(spans: readonly ByteRange[], edgeTicks: readonly number[]): Fragments {
  const runs: Run[] = [];
  let end = -1;
  for (const [from, { offsetBytes, sizeBytes }] of spans.entries()) {
    if (offsetBytes !== end) runs.push({ from, location: { kind: "span" }, offsetBytes });
    end = offsetBytes + sizeBytes;
  }
  return {
    first: 0,
    startTicks: edgeTicks[0] ?? 0,
    durationTicks: Uint32Array.from(spans, (_, index) =>
      Math.max(0, (edgeTicks[index + 1] ?? 0) - (edgeTicks[index] ?? 0)),
    ),
    sizeBytes: Uint32Array.from(spans, ({ sizeBytes }) => sizeBytes),
    leadBytes: new Uint32Array(spans.length),
    sync: new Uint8Array(spans.length).fill(1),
    runs,
  };
}

/** The fastest that spans follow each other: all tracks together, so no less than the picture's own rate. */
export function spanPeakBps(fragments: Fragments, timescale: number): number {
  const longest = fragments.durationTicks.reduce((most, ticks) => Math.max(most, ticks), 0);
  const targetSeconds = Math.max(1, Math.round(longest / timescale));
  return measure(fragments.sizeBytes, fragments.durationTicks, timescale, targetSeconds).peakBps;
}

/** What encoders make at most of good sound. `measuredBps`: of the film's beginning. */
export function soundCapBps(isOpus: boolean, channels: number, measuredBps: number): number {
  const each = isOpus ? 96_000 : 128_000;
  const usual = channels === 1 ? 1.25 * each : channels === 2 ? 2.5 * each : each * channels;
  return Math.ceil(Math.max(usual, measuredBps * 1.25));
}
