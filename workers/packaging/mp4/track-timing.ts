// What an edit list does to a track's times. Players apply the `media_time` of an init segment's one edit and ignore
// empty edits (Chromium does), so a delay becomes a shift of the decode times.
import { ok, refuse, type Result } from "#workers/result.ts";
import type { Unfit } from "../source/source.ts";
import type { TrackHeader } from "./read-moov.ts";

export interface TrackTiming {
  /** Added to each decode time of the file. */
  readonly shiftTicks: number;
  /** Media time, after the shift, that is presented at 0 s. */
  readonly editStartTicks: number;
  /** Media time, after the shift, at which the edit ends; null: it goes on to the end. */
  readonly endTicks: number | null;
}

export function trackTiming(track: TrackHeader, movieTimescale: number): Result<TrackTiming, Unfit> {
  const { edits, timescale } = track;
  const toTicks = (movieTicks: number) => Math.round((movieTicks * timescale) / movieTimescale);
  const [first] = edits;
  if (!first) return ok({ shiftTicks: 0, editStartTicks: 0, endTicks: null });
  const isDelayed = first.mediaTicks === null;
  const edit = isDelayed ? edits[1] : first;
  if (!edit || edit.mediaTicks === null || edit.rate !== 1 || edits.length > (isDelayed ? 2 : 1)) {
    return unfit("The edit list is more than a delay and one stretch at normal speed.");
  }
  const emptyTicks = isDelayed ? toTicks(first.durationTicks) : 0;
  const shiftTicks = Math.max(0, emptyTicks - edit.mediaTicks);
  const editStartTicks = Math.max(0, edit.mediaTicks - emptyTicks);
  if (!Number.isSafeInteger(emptyTicks) || !Number.isSafeInteger(editStartTicks)) {
    return unfit("The edit list's times are out of range.");
  }
  const endTicks =
    edit.durationTicks === 0 ? null : edit.mediaTicks + toTicks(edit.durationTicks) + shiftTicks;
  return ok({ shiftTicks, editStartTicks, endTicks });
}

function unfit(message: string) {
  return refuse<Unfit>({ code: "editList", message });
}
