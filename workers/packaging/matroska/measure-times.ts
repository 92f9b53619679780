// The clocks of a Matroska film: its start, the grid of its pictures, the grids of its sound; and with them its tracks
// as far as they are fit to be played.
import { concatBytes } from "#workers/bytes.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import type { FrameRate } from "#workers/timeline/timeline.ts";
import { averageFrameRate } from "../source/average-frame-rate.ts";
import { mostSkewSeconds } from "../source/sound-holes.ts";
import type { Unfit, UnfitCode } from "../source/source.ts";
import { soundCapBps } from "../source/span-tables.ts";
import {
  constantRate,
  findGrid,
  soundPhaseTicks,
  soundTicksAt,
  type FileClock,
  type PictureClock,
  type SoundClock,
} from "./clock.ts";
import type { Cue } from "./cue-edges.ts";
import { fitPicture, fitSound, type FitPicture, type FitSound } from "./playable.ts";
import type { PictureTrack, SoundTrack } from "./read-tracks.ts";
import { orderPictures, type Scan, type ScannedSound } from "./scan.ts";

export interface FilmTimes {
  readonly clock: FileClock;
  readonly picture: TimedPicture | null;
  readonly sound: readonly TimedSound[];
  /** Units that a picture is shown later than the order of decoding alone would have it. */
  readonly delay: number;
  readonly lastFrameSeconds: number;
  /** From the film's start. */
  readonly toSeconds: (timestamp: number) => number;
}

export interface TimedPicture extends FitPicture {
  readonly track: PictureTrack;
  readonly frameRate: FrameRate;
  readonly clock: PictureClock;
}

export interface TimedSound extends FitSound {
  readonly track: SoundTrack;
  readonly clock: SoundClock;
  readonly editStartTicks: number;
  readonly maxBitrateBps: number;
  /** Of its first packet; null where the film's beginning has none. */
  readonly firstTicks: number | null;
}

/** A session's track mask has a place for eight tracks of a source. */
const mostSoundTracks = 7;
const mostDelaySeconds = 1;
const usualRate: FrameRate = { numerator: 25, denominator: 1 };

export function measureTimes(
  timestampScale: number,
  tracks: { readonly picture: PictureTrack | null; readonly sound: readonly SoundTrack[] },
  scan: Scan,
  cues: readonly Cue[],
): Result<FilmTimes, Unfit> {
  const firsts = [scan.pictures, ...scan.sound.values()].flatMap((list) => list[0]?.timestamp ?? []);
  const clock = { timestampScale, originNs: Math.min(...firsts) * timestampScale };
  const toSeconds = (timestamp: number) => (timestamp * timestampScale - clock.originNs) / 1e9;
  const ordered = orderPictures(scan.pictures, scan.end === "whole");
  const delay = ordered.delay;
  if ((delay * timestampScale) / 1e9 > mostDelaySeconds) {
    return unfit("malformed", "Pictures are out of order by more than a second.");
  }
  let picture: TimedPicture | null = null;
  if (tracks.picture) {
    const timed = timePicture(tracks.picture, scan, ordered.times, clock, cues);
    if (!timed.ok) return timed;
    picture = timed.value;
  }
  const sound: TimedSound[] = [];
  for (const track of tracks.sound) {
    const timed = timeSound(track, scan.sound.get(track.number) ?? [], clock);
    if (timed.ok) sound.push(timed.value);
    // One that nobody hears unasked, beside one that every player takes.
    else if (track.isDefault || tracks.sound.length === 1) return timed;
  }
  if (!picture && sound.length === 0) return unfit("noMedia", "The file has neither pictures nor sound.");
  const rate = picture?.frameRate;
  const first = sound[0];
  const lastFrameSeconds = rate
    ? rate.denominator / rate.numerator
    : first
      ? first.frameTicks / first.timescale
      : 0;
  return ok({ clock, picture, sound: sound.slice(0, mostSoundTracks), delay, lastFrameSeconds, toSeconds });
}

function timePicture(
  track: PictureTrack,
  scan: Scan,
  times: readonly number[],
  clock: FileClock,
  cues: readonly Cue[],
): Result<TimedPicture, Unfit> {
  const lastingNs = ((times.at(-1) ?? 0) - (times[0] ?? 0)) * clock.timestampScale;
  const average =
    times.length > 1 && lastingNs > 0 ? averageFrameRate(times.length - 1, lastingNs / 1e9) : null;
  const averageNs = average && (1e9 * average.denominator) / average.numerator;
  const grid = [track.defaultDurationNs, averageNs]
    .flatMap((frameNs) => (frameNs === null ? [] : (constantRate(frameNs) ?? [])))
    .map((rate) =>
      findGrid(
        clock,
        rate,
        times,
        cues.map(({ timestamp }) => timestamp),
      ),
    )
    .find((found) => found !== null);
  const onGrid = grid?.grid ? averageFrameRate(grid.timescale, grid.grid.frameTicks) : null;
  const told = track.defaultDurationNs === null ? null : averageFrameRate(1, track.defaultDurationNs / 1e9);
  const frameRate = onGrid ?? average ?? told ?? usualRate;
  const firstFrame = concatBytes([track.prefix, (scan.pictures[0]?.bytes ?? track.prefix).subarray(0, 64)]);
  const fit = fitPicture(track, firstFrame, frameRate);
  if (!fit.ok) return fit;
  return ok({ ...fit.value, track, frameRate, clock: grid ?? { timescale: 90_000, grid: null } });
}

function timeSound(
  track: SoundTrack,
  heard: readonly ScannedSound[],
  clock: FileClock,
): Result<TimedSound, Unfit> {
  const first = heard[0] && concatBytes([track.prefix, heard[0].first.subarray(0, 64)]);
  const fit = fitSound(track, first ?? null);
  if (!fit.ok) return fit;
  const { timescale, frameTicks, isOpus, channels } = fit.value;
  const timestamps = heard.map(({ timestamp }) => timestamp);
  const phaseTicks = soundPhaseTicks(clock, { timescale, frameTicks }, timestamps);
  const frames = heard.reduce((sum, block) => sum + block.frames, 0);
  const bytes = heard.reduce((sum, block) => sum + block.sizeBytes, 0);
  const measuredBps = frames === 0 ? 0 : (bytes * 8 * timescale) / (frames * frameTicks);
  return ok({
    ...fit.value,
    track,
    clock: { timescale, frameTicks, phaseTicks },
    editStartTicks: Math.round((track.codecDelayNs * timescale) / 1e9),
    maxBitrateBps: soundCapBps(isOpus, channels, measuredBps),
    firstTicks: firstOf(clock, { timescale, frameTicks, phaseTicks }, timestamps),
  });
}

/** A sound that begins much later has silence before it, from the film's start on. */
function firstOf(file: FileClock, clock: SoundClock, timestamps: readonly number[]): number | null {
  const [first] = timestamps;
  if (first === undefined) return null;
  const ticks = soundTicksAt(file, clock, first);
  return ticks > mostSkewSeconds * clock.timescale ? null : ticks;
}

function unfit(code: UnfitCode, message: string) {
  return refuse<Unfit>({ code, message });
}
