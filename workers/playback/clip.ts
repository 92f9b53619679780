// From the seconds that limits name to the fragments that a session opens. Outwards to fragment edges: nothing that was
// asked for is missing, and what a player can't be told to leave out is less than a fragment.
import type { Limits } from "#workers/access/limits.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import type { Fragments, SegmentFragments, Timeline } from "#workers/timeline/timeline.ts";
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

/** What must be known of a video to cut it. */
export interface Span {
  /** Every fragment but the last is as long, unless there is a table. */
  readonly gop: Timeline["gop"];
  /** Where no two fragments need be equally long: those of the picture, or of the sound where there is none. */
  readonly table?: { readonly fragments: Fragments; readonly timescale: number };
  /** Null: not known yet, because the video is being made. */
  readonly durationSeconds: number | null;
}

export type ClipRefusal = "clipEmpty" | "clipBeyondEnd";

export function clipOf(
  limits: Limits,
  { gop, durationSeconds, table }: Span,
  own: SegmentFragments,
): Result<Clip, ClipRefusal> {
  // To the nearest tick: 4.004 s is an edge at 29.97 frames a second, although no binary fraction is.
  const ticksOf = (seconds: number) => Math.round(seconds * gop.timescale);
  const startTicks = ticksOf(limits.startSeconds ?? 0);
  const asked = limits.endSeconds ?? Infinity;
  if (ticksOf(asked) <= startTicks) return refuse("clipEmpty");
  if (durationSeconds !== null && startTicks >= ticksOf(durationSeconds)) return refuse("clipBeyondEnd");
  const endSeconds = asked < (durationSeconds ?? Infinity) ? asked : null;
  const { slice, startOffsetSeconds } =
    table === undefined
      ? onGrid(startTicks, endSeconds === null ? null : ticksOf(endSeconds), gop)
      : inTable(startTicks / gop.timescale, endSeconds, table);
  return ok({ slice, g: groupingOf(slice, own), startOffsetSeconds, endSeconds });
}

type Cut = Pick<Clip, "slice" | "startOffsetSeconds">;

function onGrid(startTicks: number, endTicks: number | null, gop: Timeline["gop"]): Cut {
  const fromFragment = Math.floor(startTicks / gop.ticks);
  const toFragment = endTicks === null ? null : Math.ceil(endTicks / gop.ticks);
  const offsetTicks = startTicks - fromFragment * gop.ticks;
  return { slice: { fromFragment, toFragment }, startOffsetSeconds: offsetTicks / gop.timescale };
}

function inTable(
  startSeconds: number,
  endSeconds: number | null,
  { fragments, timescale }: NonNullable<Span["table"]>,
): Cut {
  const { durationTicks, startTicks } = fragments;
  // To the nearest tick here, too.
  const from = Math.round(startSeconds * timescale);
  const to = endSeconds === null ? Infinity : Math.round(endSeconds * timescale);
  let fromFragment = 0;
  let fromTicks = startTicks;
  let toFragment: number | null = null;
  let ticks = startTicks;
  for (let index = 0; index < durationTicks.length && toFragment === null; index++) {
    if (ticks <= from) {
      fromFragment = index;
      fromTicks = ticks;
    }
    ticks += durationTicks[index] ?? 0;
    if (ticks >= to) toFragment = index + 1;
  }
  return {
    slice: { fromFragment, toFragment },
    startOffsetSeconds: Math.max(0, from - fromTicks) / timescale,
  };
}
