// Versions of a video count 1, 3, 5 …: each is a ladder. The number before a ladder's is that of the timeline of the
// file that it is encoded from.

export const firstVersion = 1;

export function sourceVersionOf(ladderVersion: number): number {
  return ladderVersion - 1;
}
