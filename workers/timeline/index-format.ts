// The stored form of a track's fragment table: columns of varints, constant stretches as run lengths.
//
//   "SI", version, kind: 1 = one track, 2 = the tracks of a chunk
//   table: first, startTicks, count, sync runs (alternating, from 1), duration runs (length, delta),
//          lead column (0 | 1 values), sizes, location runs: length, kind, then
//            0 chunk: chunk delta, attempt, offset
//            1 page: offset of the page from the end of the page before, size of the page, offset
//            2 span: offset
import type { Fragments } from "./timeline.ts";

export const magic = [0x53, 0x49] as const;
export const version = 1;
export const trackKind = 1;
export const chunkKind = 2;
export const chunkLocation = 0;
export const pageLocation = 1;
export const spanLocation = 2;
export const trackIdPattern = /^[a-z][a-z0-9]{0,15}$/;

export interface TrackPart {
  readonly track: string;
  readonly fragments: Fragments;
}
