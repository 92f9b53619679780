// Does anything of this video play now? Pure: the record in, a verdict out.
import { ok, refuse, type Result } from "#workers/result.ts";
import type { MediaVersion, PlaybackRecord } from "./record.ts";

export type PlayableRefusal = "notPlayable" | "notYetPlayable";

/** The version that plays now. */
export function decidePlayable(record: PlaybackRecord): Result<MediaVersion, PlayableRefusal> {
  const { state, playable, media } = record;
  if (playable && media !== null && media.formats.length > 0) return ok(media);
  // What plays already goes on although its encode failed.
  return refuse(state === "error" ? "notPlayable" : "notYetPlayable");
}
