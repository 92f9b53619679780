// What is read of a file for each of its segments, by the plans that the Worker follows.
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { planPageFragment } from "#workers/packaging/source/page-fragment.ts";
import { readSource } from "#workers/packaging/source/read-source.ts";
import { planSpanFragment } from "#workers/packaging/source/span-fragment.ts";
import type { ByteRange, SourceLayout, SourceTimeline } from "#workers/packaging/source/source.ts";
import { listSegments, locate } from "#workers/timeline/segments.ts";
import type { PageLocation } from "#workers/timeline/timeline.ts";

export interface SourcePlans {
  /** Reads for each segment. */
  readonly reads: readonly number[];
  /** Bytes of them. */
  readonly bytes: readonly number[];
}

export async function plansOf(path: string): Promise<SourcePlans> {
  const file = openSync(path, "r");
  try {
    const source = await readSource({
      sizeBytes: statSync(path).size,
      read(offsetBytes, sizeBytes) {
        const bytes = new Uint8Array(sizeBytes);
        readSync(file, bytes, 0, sizeBytes, offsetBytes);
        return Promise.resolve(bytes);
      },
    });
    if (!source.ok) throw new Error(`${source.reason.code}: ${source.reason.message}`);
    const plans = readsOf(source.value);
    return {
      reads: plans.map((reads) => reads.length),
      bytes: plans.map((reads) => reads.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)),
    };
  } finally {
    closeSync(file);
  }
}

function readsOf({ tracks: [track], layout }: SourceTimeline): readonly (readonly ByteRange[])[] {
  if (track === undefined) throw new Error("no track");
  const { format, fragments } = track;
  return listSegments(fragments, 1, true).map(({ n, location, offsetBytes, sizeBytes }, index) => {
    const planned =
      location.kind === "page"
        ? planPageFragment(pageOf(layout, location), index - locate(fragments, index).runFrom, format.id)
        : planSpanFragment(layout.bytes, { number: n, span: { offsetBytes, sizeBytes } });
    if (!planned.ok) throw new Error(planned.reason.kind);
    return planned.value.reads;
  });
}

function pageOf({ bytes }: SourceLayout, { pageOffsetBytes, pageSizeBytes }: PageLocation): Uint8Array {
  return bytes.subarray(pageOffsetBytes, pageOffsetBytes + pageSizeBytes);
}
