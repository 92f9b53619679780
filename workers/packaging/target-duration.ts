import { segmentDurations } from "#workers/timeline/segments.ts";
import type { Fragments, SegmentFragments, Timeline, Track } from "#workers/timeline/timeline.ts";

/**
 * EXT-X-TARGETDURATION, from the nominal GOP alone: it must never change while a playlist grows (RFC 8216bis
 * 6.2.1), and be equal in all variants (6.2.4). Audio is cut at its own frames: a segment lasts up to two of
 * them longer (one of rounding, one of priming), and round(EXTINF) must still not exceed it (4.4.3.1).
 */
export function targetDurationSeconds(timeline: Timeline, g: SegmentFragments): number {
  const { gop, tracks } = timeline;
  if (isUneven(timeline)) return longestSegmentSeconds(tracks, g);
  let slackSeconds = 0;
  for (const { format } of tracks) {
    if (format.kind === "audio")
      slackSeconds = Math.max(slackSeconds, (2 * samplesPerFrame) / format.sampleRateHz);
  }
  return Math.max(1, Math.round((g * gop.ticks) / gop.timescale + slackSeconds));
}

const samplesPerFrame = 1024;

/** An uploaded file is cut where it can be: its segments follow its own key frames, and no more will come. */
function isUneven({ tracks, complete }: Timeline): boolean {
  const kind = tracks[0]?.fragments.runs[0]?.location.kind;
  return complete && (kind === "page" || kind === "span");
}

function longestSegmentSeconds(tracks: readonly Track[], g: SegmentFragments): number {
  let longest = 1;
  for (const { fragments, format } of tracks)
    longest = Math.max(longest, Math.round(longestTicks(fragments, g) / format.timescale));
  return longest;
}

/** A table never changes. */
const longest = new WeakMap<Fragments, number[]>();

function longestTicks(fragments: Fragments, g: SegmentFragments): number {
  let known = longest.get(fragments);
  if (known === undefined) longest.set(fragments, (known = []));
  return (known[g] ??= greatest(segmentDurations(fragments, g, true)));
}

function greatest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) most = Math.max(most, value);
  return most;
}
