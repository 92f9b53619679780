// One fragment of a page: which parts of the uploaded file to read, and the fragments of all tracks that come of them.
import { ok, refuse, type Result } from "#workers/result.ts";
import { writeFragmentHeader } from "../cmaf/write-fragment.ts";
import { coalesceReads } from "./byte-ranges.ts";
import { mostReadBytes, mostReadsForAll, mostReadsForOne } from "./page-format.ts";
import { readPageFragment, type PageFragmentTrack, type PageRefusal } from "./page-reader.ts";
import type { ByteRange, FragmentPlan } from "./source.ts";
import { trackId } from "./write-init.ts";

/** All tracks where their bytes lie close enough together; else the wanted one alone. */
export function planPageFragment(
  page: Uint8Array,
  indexInPage: number,
  wantedTrack: string,
): Result<FragmentPlan, PageRefusal> {
  const fragment = readPageFragment(page, indexInPage);
  if (!fragment.ok) return fragment;
  const { tracks, number } = fragment.value;
  const wanted = tracks.find((track) => track.id === wantedTrack);
  if (!wanted) return refuse({ kind: "noSuchTrack" });
  if (tracks.some((track) => track.samples.length === 0)) return refuse({ kind: "badPage" });
  const all = tracks.flatMap((track) => track.extents);
  const forAll = coalesceReads(all, mostReadsForAll, mostReadBytes);
  const reads = forAll ?? coalesceReads(wanted.extents, mostReadsForOne, mostReadBytes);
  if (!reads) return refuse({ kind: "badPage" });
  const covered = forAll ? tracks : [wanted];
  return ok({
    reads,
    assemble(read) {
      const isWhole = reads.every((range, index) => read[index]?.length === range.sizeBytes);
      if (!isWhole || read.length !== reads.length) return null;
      return new Map(covered.map((track) => [track.id, piecesOf(track, number, reads, read)]));
    },
  });
}

function piecesOf(
  track: PageFragmentTrack,
  number: number,
  reads: readonly ByteRange[],
  read: readonly Uint8Array[],
): readonly Uint8Array[] {
  const { samples, startTicks, filler, fillersBefore, fillersAfter } = track;
  const header = writeFragmentHeader({ sequence: number + 1, trackId, startTicks, samples });
  const fillers = (count: number) => (filler ? Array.from({ length: count }, () => filler.bytes) : []);
  const media = track.extents.map((extent) => cut(extent, reads, read));
  return [header, ...fillers(fillersBefore), ...media, ...fillers(fillersAfter)];
}

function cut(extent: ByteRange, reads: readonly ByteRange[], read: readonly Uint8Array[]): Uint8Array {
  const index = reads.findLastIndex((range) => range.offsetBytes <= extent.offsetBytes);
  const from = extent.offsetBytes - (reads[index]?.offsetBytes ?? 0);
  const bytes = read[index]?.subarray(from, from + extent.sizeBytes) ?? new Uint8Array(0);
  if (bytes.length !== extent.sizeBytes) throw new RangeError("the reads do not hold what they were made of");
  return bytes;
}
