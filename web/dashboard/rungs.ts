// The qualities of an encoding profile as a person writes them: a line each, as in `720 2800`. Pure.
import type { ProfileRung } from "#workers/transcoding/profile.ts";

/** Null: a line is no pair. Whether the pairs make a ladder is for the API to say. */
export function rungsIn(text: string): readonly ProfileRung[] | null {
  const rungs: ProfileRung[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [, side, kilobits] = /^\s*(\d{1,5})p?[\s,:]+(\d{1,6}(?:\.\d{1,3})?)\s*$/.exec(line) ?? [];
    if (side === undefined || kilobits === undefined) return null;
    rungs.push({ side: Number(side), maxBitrateBps: Math.round(Number(kilobits) * 1000) });
  }
  return rungs;
}

export const rungsText = (rungs: readonly ProfileRung[]): string =>
  rungs.map(({ side, maxBitrateBps }) => `${side} ${maxBitrateBps / 1000}`).join("\n");
