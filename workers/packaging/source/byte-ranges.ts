// Ranges of a file that are read together.
import type { ByteRange } from "./source.ts";

/** A gap that is cheaper to read than to ask for again. */
const idleGapBytes = 128 * 1024;

/** Merged where they touch or overlap; ascending and apart. */
export function mergeRanges(ranges: readonly ByteRange[], gapBytes = 0): readonly ByteRange[] {
  const sorted = ranges.toSorted((a, b) => a.offsetBytes - b.offsetBytes);
  const merged: { offsetBytes: number; sizeBytes: number }[] = [];
  for (const { offsetBytes, sizeBytes } of sorted) {
    if (sizeBytes === 0) continue;
    const last = merged.at(-1);
    const lastEnd = last ? last.offsetBytes + last.sizeBytes : -1;
    if (last && offsetBytes - lastEnd <= gapBytes) {
      last.sizeBytes = Math.max(lastEnd, offsetBytes + sizeBytes) - last.offsetBytes;
    } else {
      merged.push({ offsetBytes, sizeBytes });
    }
  }
  return merged;
}

/** At most `mostReads` that hold all ranges, of `mostBytes` in all; null where that can't be. */
export function coalesceReads(
  ranges: readonly ByteRange[],
  mostReads: number,
  mostBytes: number,
): readonly ByteRange[] | null {
  const apart = mergeRanges(ranges, idleGapBytes);
  const gapBefore = (index: number) => {
    const before = apart[index - 1];
    const here = apart[index];
    return before && here ? here.offsetBytes - before.offsetBytes - before.sizeBytes : 0;
  };
  // Reads are split at the widest gaps.
  const splits = apart
    .map((_, index) => index)
    .slice(1)
    .sort((a, b) => gapBefore(b) - gapBefore(a))
    .slice(0, mostReads - 1);
  const starts = new Set([0, ...splits]);
  const reads: { offsetBytes: number; sizeBytes: number }[] = [];
  for (const [index, range] of apart.entries()) {
    const last = reads.at(-1);
    if (!last || starts.has(index)) reads.push({ ...range });
    else last.sizeBytes = range.offsetBytes + range.sizeBytes - last.offsetBytes;
  }
  const totalBytes = reads.reduce((sum, read) => sum + read.sizeBytes, 0);
  return totalBytes <= mostBytes ? reads : null;
}
