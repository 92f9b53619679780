// All pages of a source in one piece of bytes, and the runs of its tracks' tables that say which page a fragment is of.
import { concatBytes } from "#workers/bytes.ts";
import type { Run } from "#workers/timeline/timeline.ts";
import type { PageTrack, SampleColumns } from "./page-format.ts";
import { pageWriter } from "./page-writer.ts";

/** What a fragment of one track is made of, and how large it will be. */
export interface PagedFragment {
  readonly columns: SampleColumns;
  readonly sizeBytes: number;
}

export function pageBook(tracks: readonly PageTrack[]) {
  const pages: Uint8Array[] = [];
  const runs: Run[][] = tracks.map(() => []);
  const totals = tracks.map(() => 0);
  let layoutBytes = 0;
  let fragments = 0;
  let page = pageWriter(tracks, 0);
  let first = { fragment: 0, offsets: [...totals] };
  return {
    /** One fragment of each track, in order. */
    add(taken: readonly PagedFragment[]): void {
      page.add(taken.map(({ columns }) => columns));
      for (const [index, { sizeBytes }] of taken.entries()) totals[index] = (totals[index] ?? 0) + sizeBytes;
      fragments++;
    },
    /** The fragments that come are of a new page. */
    closePage(): void {
      const bytes = page.finish();
      const location = { kind: "page", pageOffsetBytes: layoutBytes, pageSizeBytes: bytes.length } as const;
      for (const [index, own] of runs.entries()) {
        own.push({ from: first.fragment, location, offsetBytes: first.offsets[index] ?? 0 });
      }
      pages.push(bytes);
      layoutBytes += bytes.length;
      page = pageWriter(tracks, fragments);
      first = { fragment: fragments, offsets: [...totals] };
    },
    bytes: () => concatBytes(pages),
    runsOf: (track: number): readonly Run[] => runs[track] ?? [],
    totalBytes: () => totals.reduce((sum, bytes) => sum + bytes, 0),
  };
}
