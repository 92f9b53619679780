// How the tracks of a fragmented MP4 begin, and what of their times has to change: a film that was cut out of a longer
// one begins at 0 when it is played.
import type { SampleDefaults, TrackRun } from "./fragmented-moof.ts";
import type { PlayableAudio, PlayableVideo } from "./playable-tracks.ts";
import { fieldReader } from "../cmaf/boxes.ts";
import { childBox, childBoxes } from "./child-boxes.ts";

export interface FirstRun extends TrackRun {
  readonly startTicks: number;
}

export interface StartedTrack {
  readonly track: PlayableVideo | PlayableAudio;
  /** Null: the beginning of the file has nothing of this track. */
  readonly first: FirstRun | null;
  /** Added to each decode time of the file. */
  readonly shiftTicks: number;
  /** Media time, after the shift, that is presented at 0 s. */
  readonly editStartTicks: number;
  readonly startTicks: number;
}

/** When the first sample is presented, as the file has it; what an edit cuts off is not. */
function firstShownSeconds(
  { header, timing }: PlayableVideo | PlayableAudio,
  first: FirstRun | null,
): number {
  const [sample] = first?.samples ?? [];
  if (!first || !sample) return Infinity;
  const ticks = first.startTicks + sample.compositionTicks + timing.shiftTicks - timing.editStartTicks;
  return Math.max(0, ticks) / header.timescale;
}

/** All begin together at the earliest of them. */
export function startTracks(
  tracks: readonly (PlayableVideo | PlayableAudio)[],
  firstOf: (track: PlayableVideo | PlayableAudio) => FirstRun | null,
): readonly StartedTrack[] {
  const earliest = Math.min(...tracks.map((track) => firstShownSeconds(track, firstOf(track))));
  const originSeconds = Number.isFinite(earliest) ? earliest : 0;
  return tracks.map((track) => {
    const { header, timing } = track;
    const first = firstOf(track);
    const originTicks = Math.round(originSeconds * header.timescale);
    const firstTicks = (first?.startTicks ?? originTicks) + timing.shiftTicks;
    // Decode times stay above zero; what they can't give, the edit takes.
    const taken = Math.min(firstTicks, originTicks);
    return {
      track,
      first,
      shiftTicks: timing.shiftTicks - taken,
      editStartTicks: timing.editStartTicks + originTicks - taken,
      startTicks: firstTicks - taken,
    };
  });
}

/** `trex` of each track (14496-12 8.8.3). `moov` is the whole box. */
export function readTrackDefaults(moov: Uint8Array): ReadonlyMap<number, SampleDefaults> {
  const mvex = childBox(moov, { bodyOffset: 8, end: moov.length }, "mvex");
  const defaults = new Map<number, SampleDefaults>();
  for (const trex of mvex ? childBoxes(moov, mvex) : []) {
    if (trex.type !== "trex") continue;
    const reader = fieldReader(moov, trex.bodyOffset, trex.end);
    reader.skip(4);
    const trackId = reader.u32();
    reader.skip(4);
    const read = { durationTicks: reader.u32(), sizeBytes: reader.u32(), flags: reader.u32() };
    if (!reader.failed()) defaults.set(trackId, read);
  }
  return defaults;
}
