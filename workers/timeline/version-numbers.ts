// Versions of a video count 1, 3, 5 …: each is a ladder. The number before a ladder's is that of the timeline of the
// file that it is encoded from.

export const firstVersion = 1;

export function sourceVersionOf(ladderVersion: number): number {
  return ladderVersion - 1;
}

/** Of the next file's ladder. */
export function versionAfter(ladderVersion: number): number {
  return ladderVersion + 2;
}

/** Which of a video's files it is of, its ladder's and its own timeline's alike: 0 for the first. */
export function fileNumberOf(version: number): number {
  return version >> 1;
}
