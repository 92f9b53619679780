// Which tracks this viewer is offered, as the session's mask: bit i is entry i of the version's formats.
// What was not offered is not readable.
import type { Format, Timeline } from "#workers/timeline/timeline.ts";
import { allTracks, maxTracks, type SessionClaims } from "./session.ts";

export function chooseTracks(formats: readonly Format[]): number {
  if (formats.length > maxTracks)
    throw new Error(`a session names ${maxTracks} tracks at most, not ${formats.length}`);
  return allTracks;
}

export function isOffered(claims: SessionClaims, trackIndex: number): boolean {
  return includes(claims.trackMask, trackIndex);
}

export function offeredTimeline(timeline: Timeline, trackMask: number): Timeline {
  if (trackMask === allTracks) return timeline;
  return { ...timeline, tracks: timeline.tracks.filter((_, index) => includes(trackMask, index)) };
}

function includes(trackMask: number, index: number): boolean {
  return index < maxTracks && ((trackMask >>> index) & 1) === 1;
}
