// The part of a version that a session opens: which fragments, in which grouping, and the timeline cut to it.
import { slice } from "#workers/timeline/edit.ts";
import type { SegmentFragments, Timeline } from "#workers/timeline/timeline.ts";
import type { Slice } from "./session.ts";

/** Of any track that has some: all that have some have as many. */
const fragmentCountOf = ({ tracks }: Timeline) =>
  Math.max(0, ...tracks.map(({ fragments }) => fragments.sizeBytes.length));

/** A slice that starts or ends off the grid of its video's segments is served in single fragments. */
export function groupingOf({ fromFragment, toFragment }: Slice, own: SegmentFragments): SegmentFragments {
  const onGrid = fromFragment % own === 0 && (toFragment === null || toFragment % own === 0);
  return onGrid ? own : 1;
}

/** Segment n of g fragments lies wholly in the slice. */
export function holdsSegment({ fromFragment, toFragment }: Slice, g: SegmentFragments, n: number): boolean {
  return n * g >= fromFragment && (toFragment === null || (n + 1) * g <= toFragment);
}

export function isWhole({ fromFragment, toFragment }: Slice): boolean {
  return fromFragment === 0 && toFragment === null;
}

/** Complete as soon as its last fragment is there, although the version may still grow behind it. */
export function offeredSlice(timeline: Timeline, offered: Slice): Timeline {
  if (isWhole(offered)) return timeline;
  const { fromFragment, toFragment } = offered;
  const end = fragmentCountOf(timeline);
  const cut = slice(timeline, fromFragment, toFragment ?? end);
  return toFragment !== null && toFragment <= end ? { ...cut, complete: true } : cut;
}
