// Pure edits of a timeline. A slice shares the columns of what it was cut from; only joining copies.
import { refuse, ok, type Result } from "../result.ts";
import { endTicks, locate, startTicksAt } from "./segments.ts";
import type { Format, Fragments, Location, Run, SegmentFragments, Timeline, Track } from "./timeline.ts";

export type ConcatRefusal =
  | { readonly kind: "empty" }
  /** The next fragment's number or media time is not where the table before it ends: a gap or an overlap. */
  | {
      readonly kind: "notAdjacent";
      readonly field: "number" | "ticks";
      readonly expected: number;
      readonly got: number;
    }
  | { readonly kind: "tracksDiffer"; readonly track: string }
  | { readonly kind: "gridDiffers" };

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

export function appendFragments(a: Fragments, b: Fragments): Result<Fragments, ConcatRefusal> {
  return joinFragments([a, b]);
}

/** One table of many that follow each other exactly: the chunks of a track, in one allocation. */
export function joinFragments(parts: readonly Fragments[]): Result<Fragments, ConcatRefusal> {
  const head = parts[0];
  if (head === undefined) return refuse({ kind: "empty" });
  let number = head.first;
  let ticks = head.startTicks;
  for (const part of parts) {
    if (part.first !== number) {
      return refuse({ kind: "notAdjacent", field: "number", expected: number, got: part.first });
    }
    if (part.startTicks !== ticks) {
      return refuse({ kind: "notAdjacent", field: "ticks", expected: ticks, got: part.startTicks });
    }
    number += part.sync.length;
    ticks = endTicks(part);
  }
  return ok(copyInto(parts, head, number - head.first));
}

function copyInto(parts: readonly Fragments[], head: Fragments, count: number): Fragments {
  const joined = {
    first: head.first,
    startTicks: head.startTicks,
    durationTicks: new Uint32Array(count),
    sizeBytes: new Uint32Array(count),
    leadBytes: new Uint32Array(count),
    sync: new Uint8Array(count),
  };
  const runs: Run[] = [];
  let at = 0;
  for (const part of parts) {
    joined.durationTicks.set(part.durationTicks, at);
    joined.sizeBytes.set(part.sizeBytes, at);
    joined.leadBytes.set(part.leadBytes, at);
    joined.sync.set(part.sync, at);
    for (const run of part.runs) {
      const moved = { ...run, from: run.from + at };
      if (!continues(joined.sizeBytes, runs.at(-1), moved)) runs.push(moved);
    }
    at += part.sync.length;
  }
  return { ...joined, runs };
}

/** Two halves of one object become one run again, so a slice rejoined equals what it was cut from. */
function continues(sizeBytes: Uint32Array, before: Run | undefined, run: Run): boolean {
  if (before === undefined || !sameLocation(before.location, run.location)) return false;
  let end = before.offsetBytes;
  for (let index = before.from; index < run.from; index++) end += sizeBytes[index] ?? 0;
  return end === run.offsetBytes;
}

function sameLocation(a: Location, b: Location): boolean {
  return a.kind === b.kind && a.chunk === b.chunk && a.attempt === b.attempt;
}

/** `b` continues `a` on the same grid: the same tracks in the same formats, each where its predecessor ends. */
export function concat(a: Timeline, b: Timeline): Result<Timeline, ConcatRefusal> {
  if (a.gop.ticks !== b.gop.ticks || a.gop.timescale !== b.gop.timescale)
    return refuse({ kind: "gridDiffers" });
  const tracks: Track[] = [];
  for (const [index, track] of a.tracks.entries()) {
    const next = b.tracks[index];
    if (next === undefined || !sameFormat(track.format, next.format)) {
      return refuse({ kind: "tracksDiffer", track: track.format.id });
    }
    const fragments = appendFragments(track.fragments, next.fragments);
    if (!fragments.ok) return fragments;
    tracks.push({ format: track.format, fragments: fragments.value });
  }
  const extra = b.tracks[a.tracks.length];
  if (extra !== undefined) return refuse({ kind: "tracksDiffer", track: extra.format.id });
  return ok({ tracks, gop: a.gop, complete: b.complete });
}

function sameFormat(a: Format, b: Format): boolean {
  const plain = (format: Format) =>
    JSON.stringify(Object.entries(format).sort(([x], [y]) => (x < y ? -1 : 1)));
  return plain(a) === plain(b);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
