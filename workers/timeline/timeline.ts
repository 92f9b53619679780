// The one value that everything playable is: a finished ladder, a growing one, a clip, a DVR window.
// Columns, not objects: a 2-hour track is 3,600 entries, and an isolate holds thousands of tracks.

/** A rational frame rate, in lowest terms: 30000/1001, 25/1. */
export interface FrameRate {
  readonly numerator: number;
  readonly denominator: number;
}

/**
 * Where a run of fragments is stored. Fragments of a run are adjacent: fragment i starts where i-1 ends.
 * A new kind of storage (sample pages of an uploaded file) is a new member here, never a flag.
 */
export type Location = ChunkLocation | PageLocation | SpanLocation;

/** Finished fragments in an object of their own. */
export interface ChunkLocation {
  readonly kind: "chunk";
  /** Chunk number on the version's grid; with `attempt` it names the object in R2. */
  readonly chunk: number;
  /** The attempt that won; the key of a losing attempt is never in an index. */
  readonly attempt: number;
}

/**
 * Fragments that are made when they are asked for, of the samples that a page lists. The page is a part of the
 * version's source layout; `offsetBytes` of the run is the place that its first fragment would have if all of
 * the track were stored.
 */
export interface PageLocation {
  readonly kind: "page";
  readonly pageOffsetBytes: number;
  readonly pageSizeBytes: number;
}

/**
 * Fragments that are made of a span of the uploaded file itself, which holds all tracks of that time. Offset and
 * sizes are those of the spans, the same in all tracks: how large a fragment is, is known when it is made.
 */
export interface SpanLocation {
  readonly kind: "span";
}

/** Consecutive fragments in one location. `from` is an index into the columns, not a fragment number. */
export interface Run {
  readonly from: number;
  readonly location: Location;
  /** Byte offset, in the located object, of the fragment at `from`. */
  readonly offsetBytes: number;
}

/** Columnar fragment table. Entry `i` is fragment number `first + i` on the absolute grid of the track. */
export interface Fragments {
  readonly first: number;
  /** Media time (`tfdt`) of entry 0, in ticks of the track's timescale. */
  readonly startTicks: number;
  readonly durationTicks: Uint32Array;
  readonly sizeBytes: Uint32Array;
  /** moof + mdat header + first sample: what an I-frame playlist may claim as one key frame. 0 for audio. */
  readonly leadBytes: Uint32Array;
  /** 1 where the fragment starts with a sync sample. */
  readonly sync: Uint8Array;
  /** Ordered by `from`, the first at 0 (empty when there are no fragments). */
  readonly runs: readonly Run[];
}

interface TrackFormat {
  /** `[a-z][a-z0-9]{0,15}`, unique in its version: `v720`, `a0`. Part of URLs and keys. */
  readonly id: string;
  /** RFC 6381, computed from the sample entry of the init segment. */
  readonly codec: string;
  readonly timescale: number;
  /**
   * Media time that is presented at 0 s: the `media_time` of the init segment's edit list.
   * Players apply the edit list themselves; this is for arithmetic only (never presentationTimeOffset).
   */
  readonly editStartTicks: number;
  /** The encoder's cap: what BANDWIDTH claims while the track still grows and its peak is unknown. */
  readonly maxBitrateBps: number;
  /**
   * Told before the film was looked at closely, and then not made: it keeps its place, because sessions name tracks by
   * their places, and has no fragments.
   */
  readonly dropped?: true;
}

export interface VideoFormat extends TrackFormat {
  readonly kind: "video";
  readonly width: number;
  readonly height: number;
  readonly frameRate: FrameRate;
}

export interface AudioFormat extends TrackFormat {
  readonly kind: "audio";
  readonly channels: number;
  readonly sampleRateHz: number;
  /** BCP 47, `und` when the source does not say. */
  readonly language: string;
}

export type Format = VideoFormat | AudioFormat;

export interface Track {
  readonly format: Format;
  readonly fragments: Fragments;
}

/**
 * All tracks have the same `first` and the same number of fragments, so a fragment number is the same
 * moment everywhere (audio edges lie within one audio frame of the video's).
 */
export interface Timeline {
  readonly tracks: readonly Track[];
  /** Nominal fragment duration (one GOP), the base of target durations. */
  readonly gop: { readonly ticks: number; readonly timescale: number };
  /** No fragment will ever be appended: HLS gets ENDLIST, DASH is `static`. */
  readonly complete: boolean;
}

/** Fragments per segment: a setting of the video. Chunks are 6 or 12 GOPs, which 1, 2 and 3 all divide. */
export type SegmentFragments = 1 | 2 | 3;
