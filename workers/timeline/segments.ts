// Segments: groups of g fragments on the absolute grid. Segment n is fragments n*g to n*g+g-1 wherever the
// track's table starts, so a name always means the same bytes.
import type { Fragments, Location, SegmentFragments } from "./timeline.ts";

export interface Segment {
  readonly n: number;
  readonly location: Location;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly startTicks: number;
  readonly durationTicks: number;
}

/**
 * Segments that may be listed and served. A last group of fewer than g fragments counts only when the timeline
 * is complete: before, the same name would later mean more bytes.
 */
export function segmentCount(fragments: Fragments, g: SegmentFragments, complete: boolean): number {
  assertOnGrid(fragments, g);
  const count = fragments.sizeBytes.length / g;
  return complete ? Math.ceil(count) : Math.floor(count);
}

/** Null when segment n is not (or not yet) wholly in the table. */
export function segmentRange(
  fragments: Fragments,
  g: SegmentFragments,
  n: number,
  complete: boolean,
): Segment | null {
  const position = n - fragments.first / g;
  if (!Number.isInteger(n) || position < 0 || position >= segmentCount(fragments, g, complete)) return null;
  const from = position * g;
  const to = Math.min(from + g, fragments.sizeBytes.length);
  const { location, offsetBytes, runEnd } = locate(fragments, from);
  if (to > runEnd) throw new Error(`segment ${n} of ${g} fragments spans two stored objects`);
  let sizeBytes = 0;
  let durationTicks = 0;
  for (let index = from; index < to; index++) {
    sizeBytes += fragments.sizeBytes[index] ?? 0;
    durationTicks += fragments.durationTicks[index] ?? 0;
  }
  return { n, location, offsetBytes, sizeBytes, startTicks: startTicksAt(fragments, from), durationTicks };
}

export function listSegments(
  fragments: Fragments,
  g: SegmentFragments,
  complete: boolean,
): readonly Segment[] {
  const segments: Segment[] = [];
  const firstN = fragments.first / g;
  const count = segmentCount(fragments, g, complete);
  for (let position = 0; position < count; position++) {
    const segment = segmentRange(fragments, g, firstN + position, complete);
    if (segment !== null) segments.push(segment);
  }
  return segments;
}

export const noFragments: Fragments = {
  first: 0,
  startTicks: 0,
  durationTicks: new Uint32Array(0),
  sizeBytes: new Uint32Array(0),
  leadBytes: new Uint32Array(0),
  sync: new Uint8Array(0),
  runs: [],
};

/** Duration of each segment in ticks, in the order they are listed. */
export function segmentDurations(
  fragments: Fragments,
  g: SegmentFragments,
  complete: boolean,
): Uint32Array | Float64Array {
  return sums(fragments.durationTicks, g, segmentCount(fragments, g, complete));
}

export function segmentSizes(
  fragments: Fragments,
  g: SegmentFragments,
  complete: boolean,
): Uint32Array | Float64Array {
  return sums(fragments.sizeBytes, g, segmentCount(fragments, g, complete));
}

function sums(column: Uint32Array, g: SegmentFragments, count: number): Uint32Array | Float64Array {
  if (g === 1) return column;
  // Three sizes below 2^32 need more than 32 bits.
  const grouped = new Float64Array(count);
  const end = Math.min(column.length, count * g);
  for (let index = 0, segment = 0, left = g as number; index < end; index++) {
    grouped[segment] = (grouped[segment] ?? 0) + (column[index] ?? 0);
    if (--left === 0) {
      segment++;
      left = g;
    }
  }
  return grouped;
}

/** Every segment starts with a key frame. */
export function startsInSync({ sync }: Fragments, g: SegmentFragments): boolean {
  return !sync.includes(0) || sync.every((value, index) => index % g !== 0 || value === 1);
}

/** Where the fragment at `index` is, and the indexes of the first fragment of its run and of the one after the last. */
export function locate(
  fragments: Fragments,
  index: number,
): {
  readonly location: Location;
  readonly offsetBytes: number;
  readonly runFrom: number;
  readonly runEnd: number;
} {
  const { runs, sizeBytes } = fragments;
  let low = 0;
  let high = runs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((runs[middle]?.from ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  const run = runs[low];
  if (run === undefined) throw new Error("a table with fragments has no runs");
  let { offsetBytes } = run;
  for (let before = run.from; before < index; before++) offsetBytes += sizeBytes[before] ?? 0;
  return {
    location: run.location,
    offsetBytes,
    runFrom: run.from,
    runEnd: runs[low + 1]?.from ?? sizeBytes.length,
  };
}

const checkpointEvery = 64;
/** Media time of every 64th fragment, summed once for a table. A table never changes. */
const checkpoints = new WeakMap<Fragments, Float64Array>();

/** Media time of the fragment at `index` of the table; at its length, where the table ends. */
export function startTicksAt(fragments: Fragments, index: number): number {
  const { durationTicks } = fragments;
  const checkpoint = Math.floor(index / checkpointEvery);
  let ticks = checkpointsOf(fragments)[checkpoint] ?? 0;
  for (let before = checkpoint * checkpointEvery; before < index; before++)
    ticks += durationTicks[before] ?? 0;
  return ticks;
}

export function endTicks(fragments: Fragments): number {
  return startTicksAt(fragments, fragments.durationTicks.length);
}

function checkpointsOf(fragments: Fragments): Float64Array {
  const known = checkpoints.get(fragments);
  if (known !== undefined) return known;
  const { durationTicks } = fragments;
  const made = new Float64Array(Math.floor(durationTicks.length / checkpointEvery) + 1);
  let ticks = fragments.startTicks;
  for (let index = 0; index < durationTicks.length; index++) {
    if (index % checkpointEvery === 0) made[index / checkpointEvery] = ticks;
    ticks += durationTicks[index] ?? 0;
  }
  if (durationTicks.length % checkpointEvery === 0) made[made.length - 1] = ticks;
  checkpoints.set(fragments, made);
  return made;
}

function assertOnGrid(fragments: Fragments, g: SegmentFragments): void {
  // An empty table has no place to be wrong: a slice beyond the end starts wherever the end is.
  if (fragments.sync.length > 0 && fragments.first % g !== 0) {
    throw new Error(`fragment ${fragments.first} is not on the grid of ${g}: cut there with g = 1`);
  }
}
