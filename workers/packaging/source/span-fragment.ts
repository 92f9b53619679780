// One fragment of a film that is kept as spans: one ranged read, taken apart into the fragments of all tracks.
import { ok, refuse, type Result } from "#workers/result.ts";
import { takeMatroskaApart } from "../matroska/take-apart.ts";
import { takeFragmentsApart } from "../mp4/fragmented-take-apart.ts";
import type { ByteRange, FragmentPlan } from "./source.ts";
import { decodeSpanLayout, type LayoutRefusal, type SpanLayout } from "./span-format.ts";

export interface SpanFragment {
  /** On the version's grid. */
  readonly number: number;
  /** Of the index of any of the version's tracks. */
  readonly span: ByteRange;
}

export type SpanRefusal = LayoutRefusal | { readonly kind: "noSuchFragment" };

/** `layout` is the whole of it. */
export function planSpanFragment(
  layout: Uint8Array,
  { number, span }: SpanFragment,
): Result<FragmentPlan, SpanRefusal> {
  const decoded = decodeSpanLayout(layout);
  if (!decoded.ok) return decoded;
  const isThere = Number.isInteger(number) && number >= 0 && number < fragmentCount(decoded.value);
  if (!isThere || span.sizeBytes <= 0) return refuse({ kind: "noSuchFragment" });
  return ok({
    reads: [span],
    assemble([bytes]) {
      return bytes?.length === span.sizeBytes ? takeApart(decoded.value, number, span, bytes) : null;
    },
  });
}

function fragmentCount(layout: SpanLayout): number {
  switch (layout.kind) {
    case "matroska":
      return layout.edges.length;
    case "fragmented":
      return layout.fragments;
  }
}

function takeApart(layout: SpanLayout, number: number, span: ByteRange, bytes: Uint8Array) {
  switch (layout.kind) {
    case "matroska":
      return takeMatroskaApart(layout, number, span, bytes);
    case "fragmented":
      return takeFragmentsApart(layout, number, span, bytes);
  }
}
