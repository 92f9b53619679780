// A fragment is nominally 2 s; the API speaks of segments in seconds.
import type { SegmentFragments } from "#workers/timeline/timeline.ts";

const secondsOf = { 1: 2, 2: 4, 3: 6 } as const satisfies Record<SegmentFragments, number>;
const fragmentsOf = { 2: 1, 4: 2, 6: 3 } as const satisfies Record<number, SegmentFragments>;

export type SegmentSeconds = keyof typeof fragmentsOf;

export function segmentFragments(seconds: SegmentSeconds): SegmentFragments {
  return fragmentsOf[seconds];
}

export function segmentSeconds(fragments: SegmentFragments): SegmentSeconds {
  return secondsOf[fragments];
}
