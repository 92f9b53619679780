// One fragment of every track, made of a span of a fragmented MP4: whole movie fragments with their media, of one track
// each or of several, become one fragment a track.
import type { Sample } from "../cmaf/fragments.ts";
import { writeFragmentHeader } from "../cmaf/write-fragment.ts";
import { fillSound, type SoundSample } from "../source/sound-holes.ts";
import type { FragmentedLayout, FragmentedTrack } from "../source/span-format.ts";
import { scaleTicks } from "../source/picture-timescale.ts";
import type { ByteRange } from "../source/source.ts";
import { trackId } from "../source/write-init.ts";
import { childBoxes } from "./child-boxes.ts";
import { readMoofs, type TrackRun } from "./fragmented-moof.ts";

interface TimedSample {
  readonly startTicks: number;
  durationTicks: number;
  readonly compositionTicks: number;
  readonly sync: boolean;
  readonly bytes: Uint8Array;
}

/** Null when the span does not hold what the index promised. */
export function takeFragmentsApart(
  layout: FragmentedLayout,
  number: number,
  span: ByteRange,
  bytes: Uint8Array,
): ReadonlyMap<string, readonly Uint8Array[]> | null {
  const boxes = childBoxes(bytes, { bodyOffset: 0, end: bytes.length });
  const defaults = new Map(layout.tracks.map((track) => [track.trackId, track]));
  const runs = readMoofs(bytes, boxes, span.offsetBytes, (id) => defaults.get(id));
  if (runs === null) return null;
  const samplesOf = new Map<FragmentedTrack, readonly TimedSample[]>();
  for (const track of layout.tracks) {
    const samples = timeSamples(runs, track, span, bytes);
    if (samples === null) return null;
    samplesOf.set(track, samples);
  }
  const extent = shownExtent(samplesOf, number === 0);
  const isLast = number === layout.fragments - 1;
  const fragments = new Map<string, readonly Uint8Array[]>();
  for (const [track, samples] of samplesOf) {
    const pieces = track.isPicture
      ? pictureFragment(number, track, samples)
      : soundFragment(number, track, samples, extent, isLast);
    if (pieces === null) return null;
    fragments.set(track.id, pieces);
  }
  return fragments;
}

/** All runs of a track as one: where a run begins later than the one before ended, its last sample lasts longer. */
function timeSamples(
  runs: readonly TrackRun[],
  track: FragmentedTrack,
  span: ByteRange,
  bytes: Uint8Array,
): readonly TimedSample[] | null {
  const samples: TimedSample[] = [];
  let at: number | null = null;
  for (const run of runs) {
    if (run.trackId !== track.trackId) continue;
    const told: number | null = run.startTicks === null ? at : run.startTicks + track.shiftTicks;
    if (told === null) return null;
    let startTicks: number = told;
    const last = samples.at(-1);
    if (last && told > last.startTicks) last.durationTicks = told - last.startTicks;
    for (const sample of run.samples) {
      const from: number = sample.offsetBytes - span.offsetBytes;
      if (from < 0 || from + sample.sizeBytes > bytes.length) return null;
      const { durationTicks, compositionTicks, sync } = sample;
      const media = bytes.subarray(from, from + sample.sizeBytes);
      samples.push({ startTicks, durationTicks, compositionTicks, sync, bytes: media });
      startTicks += durationTicks;
    }
    at = startTicks;
  }
  return samples.map((sample) => inTicksOf(track, sample));
}

function inTicksOf({ fileTimescale, timescale }: FragmentedTrack, sample: TimedSample): TimedSample {
  if (fileTimescale === timescale) return sample;
  const scale = { fromTimescale: fileTimescale, toTimescale: timescale };
  const startTicks = scaleTicks(sample.startTicks, scale);
  return {
    ...sample,
    startTicks,
    durationTicks: scaleTicks(sample.startTicks + sample.durationTicks, scale) - startTicks,
    compositionTicks: scaleTicks(sample.startTicks + sample.compositionTicks, scale) - startTicks,
  };
}

interface Extent {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** From when to when the pictures of the fragment are shown; null where there are none. */
function shownExtent(
  samplesOf: ReadonlyMap<FragmentedTrack, readonly TimedSample[]>,
  isFirst: boolean,
): Extent | null {
  for (const [track, samples] of samplesOf) {
    const [first] = samples;
    const last = samples.at(-1);
    if (!track.isPicture || !first || !last) continue;
    const delay = first.compositionTicks - track.editStartTicks;
    return {
      fromSeconds: isFirst ? 0 : (first.startTicks + delay) / track.timescale,
      toSeconds: (last.startTicks + last.durationTicks + delay) / track.timescale,
    };
  }
  return null;
}

function pictureFragment(
  number: number,
  track: FragmentedTrack,
  samples: readonly TimedSample[],
): readonly Uint8Array[] | null {
  const [key] = samples;
  if (!key?.sync || key.startTicks < 0) return null;
  const shown = key.startTicks + key.compositionTicks;
  // An open group: pictures that need the fragment before, or that it needs.
  if (samples.some(({ startTicks, compositionTicks }) => startTicks + compositionTicks < shown)) return null;
  const written = samples.map(({ durationTicks, compositionTicks, sync, bytes }): Sample => ({
    sizeBytes: bytes.length,
    durationTicks,
    compositionTicks,
    sync,
  }));
  let { startTicks } = key;
  const [first] = written;
  // A player waits where there is no picture: the first of the film is shown from its start.
  if (first && number === 0 && shown > track.editStartTicks) {
    const durationTicks = first.durationTicks + startTicks;
    written[0] = { ...first, durationTicks, compositionTicks: track.editStartTicks };
    startTicks = 0;
  }
  const header = writeFragmentHeader({ sequence: number + 1, trackId, startTicks, samples: written });
  return [header, ...joinAdjacent(samples.map(({ bytes }) => bytes))];
}

function soundFragment(
  number: number,
  track: FragmentedTrack,
  samples: readonly TimedSample[],
  extent: Extent | null,
  isLast: boolean,
): readonly Uint8Array[] {
  const sound = samples.map(({ startTicks, durationTicks, bytes }): SoundSample => ({
    startTicks,
    durationTicks,
    sizeBytes: bytes.length,
    pieces: [bytes],
  }));
  const last = samples.at(-1);
  const toTicks = (seconds: number) => Math.round(seconds * track.timescale) + track.editStartTicks;
  const fromTicks = extent ? toTicks(extent.fromSeconds) : (samples[0]?.startTicks ?? 0);
  const end = last ? last.startTicks + last.durationTicks : 0;
  const shown = { fromTicks, toTicks: extent ? toTicks(extent.toSeconds) : end, isLast };
  const filled = fillSound(sound, track.filler, track.timescale, shown);
  const header = writeFragmentHeader({ sequence: number + 1, trackId, ...filled });
  return [header, ...joinAdjacent(filled.pieces)];
}

/** Samples of one run lie side by side: fewer, longer pieces. */
function joinAdjacent(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  const joined: Uint8Array[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last && last.buffer === piece.buffer && last.byteOffset + last.length === piece.byteOffset) {
      joined[joined.length - 1] = new Uint8Array(last.buffer, last.byteOffset, last.length + piece.length);
    } else if (piece.length > 0) joined.push(piece);
  }
  return joined;
}
