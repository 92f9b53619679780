// What a video played before its file was replaced: sessions that began with it may go on with it for a while.
import type { SegmentFragments } from "#workers/timeline/timeline.ts";

/** The column `videos.former`, as JSON. */
export interface Former {
  /** Of the ladder; the file's own timeline is the one before. */
  readonly version: number;
  readonly generation: number;
  readonly segmentFragments: SegmentFragments;
  readonly sourceKey: string | null;
  readonly sourceEtag: string | null;
  readonly untilMs: number;
}

/** Null once it is over. Own column only: what `formerOf` wrote. */
export function readFormer(column: string, nowMs: number): Former | null {
  const former = JSON.parse(column) as Former;
  return former.untilMs <= nowMs ? null : former;
}
