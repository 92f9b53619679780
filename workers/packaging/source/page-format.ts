// The stored form of a page: the samples of about a minute of all tracks, from which its fragments are made.
//
//   "SP", version, first fragment's number, tracks, fragments
//   each track: id, ticks of a filler, filler's bytes (a frame of silence; none where the sound needs none)
//   each fragment: how many bytes its record has, so that one can be found from the page's end
//   each record, for each track: decode time, fillers before, samples, fillers after; where samples are:
//          offset in the file of the first, extents (samples that lie side by side, gap to the next);
//          durations, compositions and sync flags as run lengths; sizes
import type { ByteRange } from "./source.ts";

export const pageMagic = [0x53, 0x50] as const;
export const pageVersion = 1;

/** Stands for sound that the file does not have. */
export interface Filler {
  readonly bytes: Uint8Array;
  readonly durationTicks: number;
}

export interface PageTrack {
  readonly id: string;
  readonly filler: Filler | null;
}

/** The samples of one fragment, in columns that are used again for the next: only the first `count` are its own. */
export interface SampleColumns {
  readonly count: number;
  readonly startTicks: number;
  readonly fillersBefore: number;
  readonly fillersAfter: number;
  readonly offsetBytes: Float64Array;
  readonly sizeBytes: Uint32Array;
  readonly durationTicks: Uint32Array;
  readonly compositionTicks: Int32Array;
  readonly sync: Uint8Array;
}

/** Fillers take no bytes in a page. A fragment has fewer than `mostFillers`, each of 10 ms or more. */
export const mostFillers = 10_000;

/** What a fragment's reads may hold, and how many there may be. */
export const mostReadBytes = 28 * 2 ** 20;
export const mostReadsForAll = 3;
export const mostReadsForOne = 4;

/** Where the columns' samples lie, side by side as one. */
export function extentsOf(columns: SampleColumns): readonly ByteRange[] {
  const extents: { offsetBytes: number; sizeBytes: number }[] = [];
  let last: { offsetBytes: number; sizeBytes: number } | undefined;
  for (let i = 0; i < columns.count; i++) {
    const offsetBytes = columns.offsetBytes[i] ?? 0;
    const sizeBytes = columns.sizeBytes[i] ?? 0;
    if (last && last.offsetBytes + last.sizeBytes === offsetBytes) last.sizeBytes += sizeBytes;
    else extents.push((last = { offsetBytes, sizeBytes }));
  }
  return extents;
}
