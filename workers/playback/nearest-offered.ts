// A rendition that players were told of before the film was looked at closely, and that was then not made: which one
// answers in its place. Pure.
import { isOffered, rising, shorterSide } from "./choose.ts";
import { codecName } from "./choose-codecs.ts";
import { corsHeaders } from "./headers.ts";
import type { MediaVersion } from "./record.ts";
import type { SessionClaims } from "./session.ts";

/** The rendition in place of one that is not there after all: the next below it, else the lowest; of sound the first. */
export function nearestOffered(
  { formats, firstTrackBit }: Pick<MediaVersion, "formats" | "firstTrackBit">,
  session: SessionClaims,
  droppedIndex: number,
): string | null {
  const dropped = formats[droppedIndex];
  const isLeft = (index: number) => isOffered(session, firstTrackBit, index);
  if (dropped?.kind !== "video") {
    const sound = formats.findIndex(
      ({ kind, dropped: gone }, index) => kind === "audio" && gone !== true && isLeft(index),
    );
    return formats[sound]?.id ?? null;
  }
  const left = rising(formats).filter(isLeft);
  const alike = left.filter((index) => codecName(formats[index]?.codec ?? "") === codecName(dropped.codec));
  const known = alike.length > 0 ? alike : left;
  const below = known.filter((index) => shorterSide(formats[index]) <= shorterSide(dropped));
  return formats[below.at(-1) ?? known[0] ?? -1]?.id ?? null;
}

/** 307: what is asked for may yet be answered by itself, so nobody may remember this. */
export function movedTo({ version, track }: { readonly version: number; readonly track: string }): Response {
  const location = `../${version}-${track}/index.m3u8`;
  return new Response(null, {
    status: 307,
    headers: { ...corsHeaders, Location: location, "Cache-Control": "no-store" },
  });
}
