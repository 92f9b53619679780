// Reads one fragment's records of a page. A page is our own, and read as if it were not: it refuses, never throws, and
// takes no more memory than a small multiple of the page.
import { refuse, ok, type Result } from "#workers/result.ts";
import { ByteReader } from "#workers/timeline/byte-reader.ts";
import type { Sample } from "../cmaf/fragments.ts";
import { mostFillers, pageMagic, pageVersion, type Filler, type PageTrack } from "./page-format.ts";
import type { ByteRange } from "./source.ts";

export type PageRefusal =
  { readonly kind: "badPage" } | { readonly kind: "noSuchFragment" } | { readonly kind: "noSuchTrack" };

export interface PageFragment {
  /** Absolute number. */
  readonly number: number;
  readonly tracks: readonly PageFragmentTrack[];
}

export interface PageFragmentTrack {
  readonly id: string;
  readonly startTicks: number;
  /** Fillers and samples, in order. */
  readonly samples: readonly Sample[];
  readonly filler: Filler | null;
  readonly fillersBefore: number;
  readonly fillersAfter: number;
  /** Where the samples are that are no fillers. */
  readonly extents: readonly ByteRange[];
}

export function readPageFragment(page: Uint8Array, indexInPage: number): Result<PageFragment, PageRefusal> {
  const head = new ByteReader(page);
  for (const byte of [...pageMagic, pageVersion])
    if (head.byte() !== byte) return refuse({ kind: "badPage" });
  const firstFragment = head.varint();
  const trackCount = head.varint(255);
  const fragmentCount = head.varint();
  const tracks: PageTrack[] = [];
  for (let i = 0; i < trackCount && !head.fault; i++) tracks.push(readTrack(head));
  // Each record has a byte here, and one of its own.
  if (head.fault || fragmentCount > head.left) return refuse({ kind: "badPage" });
  if (!(indexInPage >= 0 && indexInPage < fragmentCount)) return refuse({ kind: "noSuchFragment" });
  const sizes = Array.from({ length: fragmentCount }, () => head.varint(page.length));
  const recordsStart = page.length - head.left;
  const start = sizes.slice(0, indexInPage).reduce((sum, sizeBytes) => sum + sizeBytes, recordsStart);
  const end = start + (sizes[indexInPage] ?? 0);
  if (head.fault || end > page.length) return refuse({ kind: "badPage" });
  const record = new ByteReader(page.subarray(start, end));
  const read = tracks.map((track) => readRecord(record, track));
  const isWhole = !record.fault && record.left === 0;
  return isWhole ? ok({ number: firstFragment + indexInPage, tracks: read }) : refuse({ kind: "badPage" });
}

function readTrack(head: ByteReader): PageTrack {
  const letters = Array.from({ length: head.byte() }, () => head.byte());
  const durationTicks = head.varint(0xffffffff);
  const bytes = Uint8Array.from({ length: Math.min(head.varint(), head.left) }, () => head.byte());
  const filler = bytes.length > 0 ? { bytes, durationTicks } : null;
  return { id: String.fromCharCode(...letters), filler };
}

function readRecord(reader: ByteReader, { id, filler }: PageTrack): PageFragmentTrack {
  const startTicks = reader.varint();
  const most = filler ? mostFillers : 0;
  const fillersBefore = reader.varint(most);
  const count = reader.varint();
  const fillersAfter = reader.varint(most);
  // A sample takes a byte at least.
  if (count > reader.left) reader.fail("outOfRange");
  const samples: Sample[] = [];
  pushFillers(samples, filler, fillersBefore);
  const extents = count === 0 || reader.fault ? [] : readSamples(reader, count, samples);
  if (!reader.fault) pushFillers(samples, filler, fillersAfter);
  return { id, startTicks, samples, filler, fillersBefore, fillersAfter, extents };
}

function pushFillers(samples: Sample[], filler: Filler | null, count: number): void {
  if (!filler) return;
  const { durationTicks, bytes } = filler;
  const sample = { sizeBytes: bytes.length, durationTicks, compositionTicks: 0, sync: true };
  for (let i = 0; i < count; i++) samples.push(sample);
}

function readSamples(reader: ByteReader, count: number, samples: Sample[]): readonly ByteRange[] {
  const firstOffset = reader.varint();
  const extents: { readonly samples: number; readonly gapBytes: number }[] = [];
  for (let left = count; left > 0 && !reader.fault;) {
    const run = reader.varint(left);
    if (run === 0) reader.fail("outOfRange");
    left -= run;
    extents.push({ samples: run, gapBytes: left > 0 ? reader.signed() : 0 });
  }
  const durations = readRuns(reader, count);
  const compositions = readRuns(reader, count);
  const syncs = readRuns(reader, count);
  const ranges: ByteRange[] = [];
  let offsetBytes = firstOffset;
  for (const extent of extents) {
    let extentBytes = 0;
    for (let i = 0; i < extent.samples && !reader.fault; i++) {
      const sizeBytes = reader.varint(0xffffffff);
      const durationTicks = durations();
      samples.push({ sizeBytes, durationTicks, compositionTicks: compositions(), sync: syncs() === 1 });
      extentBytes += sizeBytes;
    }
    if (offsetBytes < 0 || !Number.isSafeInteger(offsetBytes + extentBytes)) reader.fail("outOfRange");
    ranges.push({ offsetBytes, sizeBytes: extentBytes });
    offsetBytes += extentBytes + extent.gapBytes;
  }
  return ranges;
}

/** The runs are read at once, their values given one by one. */
function readRuns(reader: ByteReader, count: number): () => number {
  const lengths: number[] = [];
  const values: number[] = [];
  let value = 0;
  for (let left = count; left > 0 && !reader.fault;) {
    const run = reader.varint(left);
    if (run === 0) reader.fail("outOfRange");
    left -= run;
    value += reader.signed();
    if (Math.abs(value) > 0xffffffff) reader.fail("outOfRange");
    lengths.push(run);
    values.push(value);
  }
  let at = -1;
  let left = 0;
  return () => {
    if (left === 0) left = lengths[++at] ?? 0;
    left--;
    return values[at] ?? 0;
  };
}
