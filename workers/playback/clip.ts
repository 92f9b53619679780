// From the seconds that limits name to the fragments that a session opens. Outwards to fragment edges: nothing that was
// asked for is missing, and what a player can't be told to leave out is less than a fragment.
import type { Limits } from "#workers/access/limits.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import type { SegmentFragments, Timeline } from "#workers/timeline/timeline.ts";
import { groupingOf } from "./offered-slice.ts";
import type { Slice } from "./session.ts";

export interface Clip {
  readonly slice: Slice;
  /** 1 when the slice is off the grid of the video's segments. */
  readonly g: SegmentFragments;
  /** From the first fragment of the slice to the second that was asked for. */
  readonly startOffsetSeconds: number;
  /** Where it was asked to end, in seconds of the whole video; null is its end. */
  readonly endSeconds: number | null;
}

/** What is known of a video before its timeline is read. */
export interface Span {
  /** Every fragment but the last is as long. */
  readonly gop: Timeline["gop"];
  /** Null: not known yet, because the video is being made. */
  readonly durationSeconds: number | null;
}

export type ClipRefusal = "clipEmpty" | "clipBeyondEnd";

export function clipOf(
  limits: Limits,
  { gop, durationSeconds }: Span,
  own: SegmentFragments,
): Result<Clip, ClipRefusal> {
  // To the nearest tick: 4.004 s is an edge at 29.97 frames a second, although no binary fraction is.
  const ticksOf = (seconds: number) => Math.round(seconds * gop.timescale);
  const startTicks = ticksOf(limits.startSeconds ?? 0);
  const asked = limits.endSeconds ?? Infinity;
  if (ticksOf(asked) <= startTicks) return refuse("clipEmpty");
  if (durationSeconds !== null && startTicks >= ticksOf(durationSeconds)) return refuse("clipBeyondEnd");
  const endSeconds = asked < (durationSeconds ?? Infinity) ? asked : null;
  const fromFragment = Math.floor(startTicks / gop.ticks);
  const toFragment = endSeconds === null ? null : Math.ceil(ticksOf(endSeconds) / gop.ticks);
  const slice = { fromFragment, toFragment };
  const offsetTicks = startTicks - fromFragment * gop.ticks;
  return ok({
    slice,
    g: groupingOf(slice, own),
    startOffsetSeconds: offsetTicks / gop.timescale,
    endSeconds,
  });
}
