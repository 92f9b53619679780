import type { SegmentFragments, Timeline } from "#workers/timeline/timeline.ts";

/**
 * EXT-X-TARGETDURATION, from the nominal GOP alone: it must never change while a playlist grows (RFC 8216bis
 * 6.2.1), and be equal in all variants (6.2.4). Audio is cut at its own frames: a segment lasts up to two of
 * them longer (one of rounding, one of priming), and round(EXTINF) must still not exceed it (4.4.3.1).
 */
export function targetDurationSeconds(timeline: Timeline, g: SegmentFragments): number {
  const { gop, tracks } = timeline;
  let slackSeconds = 0;
  for (const { format } of tracks) {
    if (format.kind === "audio")
      slackSeconds = Math.max(slackSeconds, (2 * samplesPerFrame) / format.sampleRateHz);
  }
  return Math.max(1, Math.round((g * gop.ticks) / gop.timescale + slackSeconds));
}

const samplesPerFrame = 1024;
