// What an uploaded file becomes when it can be played as it is: a timeline of its own pictures and sound, and what
// making its fragments needs. Two layouts: `pages` list every sample (MP4 and MOV, whose index says where each is);
// `spans` are stretches of the file that hold a fragment of all tracks (Matroska, fragmented MP4), read and taken
// apart when a fragment is asked for. Pure: bytes are read through `SourceReader`.
import type { Format, Fragments } from "../../timeline/timeline.ts";

/** Ranged reads of the uploaded file. Exactly the bytes asked for, or it throws. */
export interface SourceReader {
  readonly sizeBytes: number;
  read(offsetBytes: number, sizeBytes: number): Promise<Uint8Array>;
}

export interface ByteRange {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

export interface SourceTrack {
  /** Ids as in a ladder: `v0` for the picture, `a0`, `a1` … for the sound. */
  readonly format: Format;
  /** A CMAF init segment of our own. */
  readonly init: Uint8Array;
  /** One fragment is one segment: from a sync sample to another, about `fragmentSeconds` long, at most 10 s + that. */
  readonly fragments: Fragments;
}

/** Stored once beside the indexes, read by range: all pages, or what taking a span apart needs. */
export interface SourceLayout {
  readonly kind: "pages" | "spans";
  readonly bytes: Uint8Array;
}

/** Where the bytes of the film are by time: what a runner must fetch to encode a part of it. */
export interface SourceMap {
  /** Index, header, first moments: needed whatever is encoded. */
  readonly always: readonly ByteRange[];
  /** One for each fragment, in order. */
  readonly fragments: readonly MappedFragment[];
}

export interface MappedFragment {
  /** Presentation time of the fragment's first picture, in seconds of the file. */
  readonly startSeconds: number;
  /** From the first byte of any track to the last. */
  readonly range: ByteRange;
}

export interface SourceTimeline {
  /** Picture first, when there is one. All have the same number of fragments. */
  readonly tracks: readonly SourceTrack[];
  readonly gop: { readonly ticks: number; readonly timescale: number };
  readonly layout: SourceLayout;
  readonly map: SourceMap;
  readonly durationSeconds: number;
}

/** Nominal length of a fragment: the first sync sample at or after it ends one. */
export const fragmentSeconds = 4;

/** Why a file waits for its first rendition; part of the API. docs/instant-play.md explains each. */
export type UnfitCode =
  | "containerNotSupported"
  | "indexMissing"
  | "indexTooLarge"
  | "malformed"
  | "truncated"
  | "encrypted"
  | "videoCodecNotSupported"
  | "audioCodecNotSupported"
  | "pixelFormatNotSupported"
  | "interlaced"
  | "openGop"
  | "gopTooLong"
  | "bitrateTooHigh"
  | "notSquarePixels"
  | "rotated"
  | "editList"
  | "interleaving"
  | "durationTooLong"
  | "noMedia"
  | "notInspected";

export interface Unfit {
  readonly code: UnfitCode;
  readonly message: string;
}

/** How to make one fragment: which parts of the file to read, and what becomes of them. */
export interface FragmentPlan {
  /** At most four, ascending. */
  readonly reads: readonly ByteRange[];
  /**
   * The fragment of each track that the reads hold: the bytes in order, as pieces of what was read (nothing is
   * copied) and a header before them. Refuses when the file does not hold what its index promised.
   */
  assemble(read: readonly Uint8Array[]): ReadonlyMap<string, readonly Uint8Array[]> | null;
}
