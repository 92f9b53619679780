// A fragment's sound as samples, with silence where the film has none: a player waits at a hole.
import type { Sample } from "../cmaf/fragments.ts";
import type { Filler } from "./page-format.ts";

export interface SoundSample {
  /** When it begins, on the media timeline. */
  readonly startTicks: number;
  readonly durationTicks: number;
  readonly sizeBytes: number;
  readonly pieces: readonly Uint8Array[];
}

export interface FilledSound {
  readonly startTicks: number;
  readonly samples: readonly Sample[];
  readonly pieces: readonly Uint8Array[];
}

/** How far sound and picture of one time may lie apart in the file; a longer silence at an edge is a hole. */
export const mostSkewSeconds = 1;
/** At the film's end. Players step over less. */
const mostUnfilledSeconds = 0.1;
/** 60 s of AAC in frames of 10 ms. */
const mostFillers = 6000;

/** What the picture of the fragment lasts, on the sound's timeline. */
export interface PictureExtent {
  readonly fromTicks: number;
  readonly toTicks: number;
  /** No sound is to come in another fragment. */
  readonly isLast: boolean;
}

export function fillSound(
  sound: readonly SoundSample[],
  filler: Filler | null,
  timescale: number,
  { fromTicks, toTicks, isLast }: PictureExtent,
): FilledSound {
  const samples: Sample[] = [];
  const pieces: Uint8Array[] = [];
  const add = (durationTicks: number, sizeBytes: number, bytes: readonly Uint8Array[]) => {
    samples.push({ durationTicks, sizeBytes, compositionTicks: 0, sync: true });
    pieces.push(...bytes);
  };
  const frameTicks = filler?.durationTicks ?? 0;
  /** So many frames of silence; how long they last. */
  const fill = (frames: number): number => {
    if (!filler) return 0;
    const count = Math.min(Math.max(0, frames), mostFillers);
    for (let index = 0; index < count; index++) {
      add(frameTicks, filler.bytes.length, [filler.bytes]);
    }
    return count * frameTicks;
  };
  const mostSkewTicks = mostSkewSeconds * timescale;
  // Silence begins and ends on a grid of its own, so that it goes on from fragment to fragment; where it meets sound it
  // overlaps by less than a frame rather than leave a hole.
  const onGrid = (ticks: number) => (filler ? Math.ceil(ticks / frameTicks) * frameTicks : ticks);
  const framesIn = (ticks: number) => (filler ? Math.ceil(ticks / frameTicks) : 0);
  const begin = onGrid(fromTicks);
  const end = onGrid(toTicks);
  const first = sound[0]?.startTicks ?? end;
  const isLate = sound.length === 0 || first - fromTicks > mostSkewTicks;
  const mostBefore = filler ? Math.floor(first / frameTicks) : 0;
  const before = isLate ? fill(Math.min(mostBefore, framesIn(first - begin))) : 0;
  for (const [index, sample] of sound.entries()) {
    const next = sound[index + 1];
    const holeTicks = next ? Math.max(0, next.startTicks - sample.startTicks - sample.durationTicks) : 0;
    add(sample.durationTicks, sample.sizeBytes, sample.pieces);
    const filled = filler ? fill(Math.round(holeTicks / frameTicks)) : 0;
    const last = samples.at(-1);
    // What no whole frame fills, the last one lasts longer.
    if (last && next && filled !== holeTicks) {
      samples[samples.length - 1] = {
        ...last,
        durationTicks: Math.max(0, last.durationTicks + holeTicks - filled),
      };
    }
  }
  const last = sound.at(-1);
  const missing = last ? toTicks - last.startTicks - last.durationTicks : 0;
  const isShort = missing > (isLast ? mostUnfilledSeconds * timescale : mostSkewTicks);
  if (last && isShort) fill(framesIn(end - last.startTicks - last.durationTicks));
  return { startTicks: Math.max(0, sound.length === 0 ? begin : first - before), samples, pieces };
}
