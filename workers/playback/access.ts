// May anything of this playback id be answered at all? Pure: the record in, a verdict out.
import { ok, refuse, type Result } from "#workers/result.ts";
import type { MediaVersion, PlaybackRecord } from "./record.ts";

export type AccessRefusal = "tokenRequired" | "notPlayable" | "notYetPlayable";

export function decideAccess(record: PlaybackRecord): Result<void, AccessRefusal> {
  switch (record.policy) {
    case "public":
      return ok(undefined);
    case "signed":
    case "drm":
      return refuse("tokenRequired");
  }
}

/** The version that plays now. */
export function decidePlayable(record: PlaybackRecord): Result<MediaVersion, AccessRefusal> {
  if (record.state === "error") return refuse("notPlayable");
  if (!record.playable || record.media === null || record.media.formats.length === 0)
    return refuse("notYetPlayable");
  return ok(record.media);
}
