// Where every byte of a downloaded file comes from, before any is read: its head, then runs of stored fragments, one
// track behind the other. A run is what the first track has in one stored object, about 24 seconds. Pure.
import { concatBytes } from "#workers/bytes.ts";
import { locate } from "#workers/timeline/segments.ts";
import type { Fragments, Location, Track } from "#workers/timeline/timeline.ts";
import { fileHead, fileIndex, type TrackIndex } from "./file-head.ts";
import type { FragmentPatch } from "./fragment-patch.ts";

export interface FileTrack {
  readonly track: Track;
  readonly init: Uint8Array;
}

/** Adjacent fragments of one track in one stored object. */
export interface FilePiece {
  readonly trackIndex: number;
  readonly location: Location;
  /** In the stored object. */
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  /** Indexes into the track's columns. */
  readonly from: number;
  readonly to: number;
}

export interface FileLayout {
  readonly head: Uint8Array<ArrayBuffer>;
  readonly pieces: readonly FilePiece[];
  readonly sizeBytes: number;
  /** How each fragment of a piece is changed on its way. */
  readonly patchOf: (piece: FilePiece, index: number) => FragmentPatch;
}

/** The first track is the one that players seek by: the picture, where there is one. */
export function layOut(tracks: readonly FileTrack[]): FileLayout {
  const [lead] = tracks;
  if (lead === undefined) throw new Error("a file has a track");
  const runs = runsOf(lead.track.fragments);
  const pieces: FilePiece[] = [];
  const runBytes: number[] = [];
  for (const [from, to] of runs) {
    const inRun = tracks.flatMap(({ track }, index) => piecesOf(track.fragments, index, from, to));
    pieces.push(...inRun);
    runBytes.push(inRun.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  }
  const earlier = earlierTicksOf(tracks.map(({ track }) => track));
  const indexes = tracks.map(({ track }, index) => indexOf(track, runs, earlier[index] ?? 0));
  const head = concatBytes([fileHead(tracks.map(({ init }) => init)), fileIndex(indexes, runBytes)]);
  const patchOf = ({ trackIndex }: FilePiece, index: number): FragmentPatch => {
    const [from, to] = runs.find(([start, end]) => index >= start && index < end) ?? [0, 0];
    const before = from * tracks.length + trackIndex * (to - from);
    const earlierTicks = earlier[trackIndex] ?? 0;
    return { sequence: before + index - from + 1, trackId: trackIndex + 1, earlierTicks };
  };
  return { head, pieces, sizeBytes: runBytes.reduce((sum, bytes) => sum + bytes, head.length), patchOf };
}

type Span = readonly [from: number, to: number];

function runsOf({ runs, sync }: Fragments): readonly Span[] {
  return runs.map(({ from }, index) => [from, runs[index + 1]?.from ?? sync.length]);
}

function piecesOf(fragments: Fragments, trackIndex: number, from: number, to: number): FilePiece[] {
  const pieces: FilePiece[] = [];
  const last = Math.min(to, fragments.sync.length);
  for (let at = from; at < last;) {
    const { location, offsetBytes, runEnd } = locate(fragments, at);
    const end = Math.min(runEnd, last);
    let sizeBytes = 0;
    for (let index = at; index < end; index++) sizeBytes += fragments.sizeBytes[index] ?? 0;
    pieces.push({ trackIndex, location, offsetBytes, sizeBytes, from: at, to: end });
    at = end;
  }
  return pieces;
}

/** A part of a film begins at 0, with all its tracks as they lay to each other. */
function earlierTicksOf(tracks: readonly Track[]): readonly number[] {
  const [lead] = tracks;
  if (lead === undefined) return [];
  const { format, fragments } = lead;
  // Picture: the first sample's composition offset equals the edit. Sound: no offset, so the edit shifts it.
  const editTicks = format.kind === "video" ? 0 : format.editStartTicks;
  const startSeconds = Math.max(0, fragments.startTicks - editTicks) / format.timescale;
  return tracks.map((track) =>
    track === lead && format.kind === "video"
      ? fragments.startTicks
      : Math.round(startSeconds * track.format.timescale),
  );
}

function indexOf({ format, fragments }: Track, runs: readonly Span[], earlierTicks: number): TrackIndex {
  const { timescale, editStartTicks, kind } = format;
  const durationTicks = runs.map(([from, to]) => {
    let ticks = 0;
    for (let index = from; index < to; index++) ticks += fragments.durationTicks[index] ?? 0;
    return ticks;
  });
  // 14496-12 8.16.3: times of the movie's presentation, after the edit list. A picture's first one is its decode time.
  const editTicks = kind === "video" ? 0 : editStartTicks;
  const startTicks = Math.max(0, fragments.startTicks - earlierTicks - editTicks);
  return { timescale, startTicks, durationTicks };
}
