// One walk over the samples of the track that the film is cut by: where it may be cut, and whether the groups of
// pictures are closed, short enough and all shown.
import { ok, refuse, type Result } from "#workers/result.ts";
import { edgeFinder, type Edge } from "../source/fragment-edges.ts";
import type { Unfit, UnfitCode } from "../source/source.ts";
import type { SampleCursor } from "./sample-cursor.ts";
import type { TrackTiming } from "./track-timing.ts";

export interface FilmEdges {
  /** By sample, with the time at which it is presented. */
  readonly edges: readonly Edge[];
  readonly endSeconds: number;
  readonly sampleCount: number;
  /** Of all samples. */
  readonly mediaSeconds: number;
}

const mostGopSeconds = 10;
export const mostTailSeconds = 0.5;
const mostFilmSeconds = 24 * 3600;

export function pictureEdges(
  cursor: SampleCursor,
  timescale: number,
  timing: TrackTiming,
): Result<FilmEdges, Unfit> {
  const finder = edgeFinder();
  const toSeconds = (ticks: number) => (ticks + timing.shiftTicks - timing.editStartTicks) / timescale;
  const mostGopTicks = mostGopSeconds * timescale;
  let syncTicks = 0;
  let lastTicks = -Infinity;
  while (cursor.next()) {
    const shownTicks = cursor.startTicks + cursor.compositionTicks;
    if (toSeconds(shownTicks) < 0) return unfit("editList", "The edit list cuts pictures off at the start.");
    if (cursor.startTicks > mostFilmSeconds * timescale) return tooLong();
    if (cursor.isSync) {
      // All that came before is shown before.
      if (shownTicks <= lastTicks) return openGop();
      if (cursor.index > 0 && shownTicks - syncTicks > mostGopTicks) return gopTooLong();
      syncTicks = shownTicks;
      finder.sync(cursor.index, toSeconds(shownTicks));
    } else if (cursor.index === 0) {
      return unfit("openGop", "The film does not begin with a key frame.");
    } else if (shownTicks < syncTicks) {
      return openGop();
    }
    lastTicks = Math.max(lastTicks, shownTicks);
  }
  if (cursor.isBroken) return unfit("malformed", "The index of the picture's samples contradicts itself.");
  const endTicks = lastTicks + cursor.durationTicks;
  if (endTicks - syncTicks > mostGopTicks) return gopTooLong();
  const tailTicks = timing.endTicks === null ? 0 : endTicks + timing.shiftTicks - timing.endTicks;
  if (tailTicks > mostTailSeconds * timescale) {
    return unfit("editList", "The edit list cuts pictures off at the end.");
  }
  return ok(filmEdges(cursor, timescale, finder.end(toSeconds(endTicks)), toSeconds(endTicks)));
}

/** A film of sound alone is cut at any sample. */
export function soundEdges(
  cursor: SampleCursor,
  timescale: number,
  timing: TrackTiming,
): Result<FilmEdges, Unfit> {
  const finder = edgeFinder();
  const toSeconds = (ticks: number) => (ticks + timing.shiftTicks - timing.editStartTicks) / timescale;
  while (cursor.next()) {
    if (cursor.startTicks > mostFilmSeconds * timescale) return tooLong();
    finder.sync(cursor.index, toSeconds(cursor.startTicks));
  }
  if (cursor.isBroken) return unfit("malformed", "The index of the sound's samples contradicts itself.");
  const endSeconds = toSeconds(cursor.startTicks + cursor.durationTicks);
  return ok(filmEdges(cursor, timescale, finder.end(endSeconds), endSeconds));
}

function filmEdges(
  cursor: SampleCursor,
  timescale: number,
  edges: readonly Edge[],
  endSeconds: number,
): FilmEdges {
  const mediaSeconds = (cursor.startTicks + cursor.durationTicks) / timescale;
  return { edges, endSeconds, sampleCount: cursor.index + 1, mediaSeconds };
}

const openGop = () =>
  unfit("openGop", "Pictures are shown before the key frame that they follow: the film can't be cut there.");
const gopTooLong = () => unfit("gopTooLong", `Key frames are more than ${mostGopSeconds} s apart.`);
const tooLong = () => unfit("durationTooLong", "The file lasts longer than a day.");

function unfit(code: UnfitCode, message: string) {
  return refuse<Unfit>({ code, message });
}
