// Limits come from up to four places (video, playback id, token, URL), and all of them hold.
import type { Limits } from "#workers/access/limits.ts";
import { narrowCodecs } from "./choose-codecs.ts";
import { narrowLanguages } from "./choose-languages.ts";

const bounds = [
  ["maxHeight", Math.min],
  ["minHeight", Math.max],
  ["startSeconds", Math.max],
  ["endSeconds", Math.min],
] as const;

/**
 * What `a` and `b` both allow. Of what is a wish and no limit (order, default subtitles), the word of `a` counts before
 * that of `b`; languages are in the order of `b`.
 */
export function narrow(a: Limits, b: Limits): Limits {
  if (isEmpty(b)) return a;
  if (isEmpty(a)) return b;
  // What stands in only one of the two holds; of wishes that of `a`.
  const both: Mutable<Limits> = { ...b, ...a };
  for (const [name, tighter] of bounds) {
    const [one, other] = [a[name], b[name]];
    if (one !== undefined && other !== undefined) both[name] = tighter(one, other);
  }
  if (a.codecs !== undefined && b.codecs !== undefined) both.codecs = narrowCodecs(a.codecs, b.codecs);
  if (a.audioLanguages !== undefined && b.audioLanguages !== undefined)
    both.audioLanguages = narrowLanguages(a.audioLanguages, b.audioLanguages);
  if (b.audioOnly === true) both.audioOnly = true;
  return both;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function isEmpty(limits: Limits): boolean {
  for (const _ in limits) return false;
  return true;
}
