// Does anything of this video play now? Pure: the record in, a verdict out.
import { ok, refuse, type Result } from "#workers/result.ts";
import type { MediaVersion, PlaybackRecord } from "./record.ts";

export type PlayableRefusal = "notPlayable" | "notYetPlayable";

/** The version that plays now. */
export function decidePlayable(record: PlaybackRecord): Result<MediaVersion, PlayableRefusal> {
  if (record.state === "error") return refuse("notPlayable");
  if (!record.playable || record.media === null || record.media.formats.length === 0)
    return refuse("notYetPlayable");
  return ok(record.media);
}
