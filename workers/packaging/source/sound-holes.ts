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
/** 60 s of AAC in frames of 10 ms. */
const mostFillers = 6000;

/** `fromTicks` to `toTicks`: what the picture of the fragment lasts, on the sound's timeline. */
export function fillSound(
  sound: readonly SoundSample[],
  filler: Filler | null,
  timescale: number,
  fromTicks: number,
  toTicks: number,
): FilledSound {
  const samples: Sample[] = [];
  const pieces: Uint8Array[] = [];
  const add = (durationTicks: number, sizeBytes: number, bytes: readonly Uint8Array[]) => {
    samples.push({ durationTicks, sizeBytes, compositionTicks: 0, sync: true });
    pieces.push(...bytes);
  };
  /** Whole frames of silence; how long they last. */
  const fill = (ticks: number): number => {
    const count = filler ? Math.min(Math.round(ticks / filler.durationTicks), mostFillers) : 0;
    for (let index = 0; filler && index < count; index++) {
      add(filler.durationTicks, filler.bytes.length, [filler.bytes]);
    }
    return count * (filler?.durationTicks ?? 0);
  };
  const mostSkewTicks = mostSkewSeconds * timescale;
  const first = sound[0]?.startTicks ?? toTicks;
  const isLate = sound.length === 0 || first - fromTicks > mostSkewTicks;
  const before = isLate ? fill(first - fromTicks) : 0;
  for (const [index, sample] of sound.entries()) {
    const next = sound[index + 1];
    const holeTicks = next ? Math.max(0, next.startTicks - sample.startTicks - sample.durationTicks) : 0;
    add(sample.durationTicks, sample.sizeBytes, sample.pieces);
    const filled = fill(holeTicks);
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
  if (missing > mostSkewTicks) fill(missing);
  return { startTicks: Math.max(0, sound.length === 0 ? fromTicks : first - before), samples, pieces };
}
