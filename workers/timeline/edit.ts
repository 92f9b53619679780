// Pure cuts of a timeline. A slice shares the columns of what it was cut from.
import { locate, startTicksAt } from "./segments.ts";
import type { Fragments, Location, Run, SegmentFragments, Timeline } from "./timeline.ts";

export interface FragmentEntry {
  readonly durationTicks: number;
  readonly sizeBytes: number;
  readonly leadBytes: number;
  readonly sync: boolean;
}

/** A table of adjacent fragments in one stored object that starts with them: a chunk as it was reported. */
export function fragmentsOf(
  first: number,
  startTicks: number,
  location: Location,
  entries: readonly FragmentEntry[],
): Fragments {
  return {
    first,
    startTicks,
    durationTicks: Uint32Array.from(entries, (entry) => entry.durationTicks),
    sizeBytes: Uint32Array.from(entries, (entry) => entry.sizeBytes),
    leadBytes: Uint32Array.from(entries, (entry) => entry.leadBytes),
    sync: Uint8Array.from(entries, (entry) => (entry.sync ? 1 : 0)),
    runs: entries.length === 0 ? [] : [{ from: 0, location, offsetBytes: 0 }],
  };
}

/**
 * Fragments `fromFragment` up to but not with `toFragment`, by their absolute numbers, clamped to what there is.
 * With g, edges widen to whole segments of g: a name of a cut group would mean other bytes than in the whole.
 */
export function slice(
  timeline: Timeline,
  fromFragment: number,
  toFragment: number,
  g: SegmentFragments = 1,
): Timeline {
  const from = Math.floor(fromFragment / g) * g;
  const to = Math.ceil(toFragment / g) * g;
  return {
    ...timeline,
    tracks: timeline.tracks.map((track) => ({
      ...track,
      fragments: sliceFragments(track.fragments, from, to),
    })),
    complete: timeline.complete || to < endFragment(timeline),
  };
}

/** The last fragments of a growing timeline: a DVR window, widened at its start to a whole segment of g. */
export function window(timeline: Timeline, lastFragments: number, g: SegmentFragments = 1): Timeline {
  const end = endFragment(timeline);
  return slice(timeline, end - Math.max(0, lastFragments), end, g);
}

function endFragment(timeline: Timeline): number {
  return Math.max(0, ...timeline.tracks.map(({ fragments }) => fragments.first + fragments.sync.length));
}

export function sliceFragments(fragments: Fragments, fromFragment: number, toFragment: number): Fragments {
  const count = fragments.sync.length;
  const from = clamp(fromFragment - fragments.first, 0, count);
  const to = clamp(toFragment - fragments.first, from, count);
  return {
    first: fragments.first + from,
    startTicks: startTicksAt(fragments, from),
    durationTicks: fragments.durationTicks.subarray(from, to),
    sizeBytes: fragments.sizeBytes.subarray(from, to),
    leadBytes: fragments.leadBytes.subarray(from, to),
    sync: fragments.sync.subarray(from, to),
    runs: sliceRuns(fragments, from, to),
  };
}

function sliceRuns(fragments: Fragments, from: number, to: number): readonly Run[] {
  if (from === to) return [];
  const { location, offsetBytes } = locate(fragments, from);
  const rest = fragments.runs.filter((run) => run.from > from && run.from < to);
  return [{ from: 0, location, offsetBytes }, ...rest.map((run) => ({ ...run, from: run.from - from }))];
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
