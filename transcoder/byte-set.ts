// Which bytes of a file are there: a set of intervals, ascending, apart, never touching. Pure.

export interface Interval {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export interface ByteSet {
  add(interval: Interval): void;
  /** What of `interval` is not in the set, ascending. */
  missing(interval: Interval): readonly Interval[];
  sizeBytes(): number;
}

export function byteSet(): ByteSet {
  let intervals: readonly Interval[] = [];
  return {
    add: ({ from, to }) => {
      if (to <= from) return;
      const before = intervals.filter((known) => known.to < from);
      const after = intervals.filter((known) => known.from > to);
      const joined = intervals.slice(before.length, intervals.length - after.length);
      const start = Math.min(from, joined[0]?.from ?? from);
      const end = Math.max(to, joined.at(-1)?.to ?? to);
      intervals = [...before, { from: start, to: end }, ...after];
    },
    missing: ({ from, to }) => {
      const gaps: Interval[] = [];
      let at = from;
      for (const known of intervals) {
        if (known.to <= at) continue;
        if (known.from >= to) break;
        if (known.from > at) gaps.push({ from: at, to: known.from });
        at = known.to;
      }
      if (at < to) gaps.push({ from: at, to });
      return gaps;
    },
    sizeBytes: () => intervals.reduce((sum, { from, to }) => sum + to - from, 0),
  };
}
