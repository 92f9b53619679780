// A download: whoever may watch may have the file only where the playback id or the token says so.
import { ok } from "#workers/result.ts";
import type { Decided, Trail } from "./decision.ts";
import { decideLimits, decideRate, decideRenditions, onMedia, spanOf } from "./decide-manifest.ts";
import { decideMedia } from "./decide-media.ts";
import { decideGrant, type RecordCall } from "./grant.ts";
import type { PlaybackIsolate } from "./isolate.ts";

export async function decideDownload(
  memory: PlaybackIsolate,
  call: RecordCall,
  name: string,
  trail: Trail,
): Promise<Decided> {
  const unhurried = await decideRate(call, trail);
  if (!unhurried.ok) return unhurried;
  const grant = await decideGrant(memory, call, "download", trail);
  if (!grant.ok) return grant;
  // A token of this audience is the owner's word for it.
  const { record } = call;
  if (grant.value.token === null && !record.access.downloads)
    return trail.refuse("token", "downloadNotAllowed", { downloads: false });
  const playable = decideMedia(call, trail);
  if (!playable.ok) return playable;
  // What is stored is the ladder: a file that plays as it came is not made into another.
  const ladder = [record.media, record.other].find((media) => media?.kind === "ladder");
  if (ladder?.state !== "sealed") {
    const awaited = record.state !== "ready" && record.state !== "error";
    return trail.refuse("playable", ladder == null && !awaited ? "downloadUnknown" : "downloadNotYet");
  }
  const limits = await decideLimits(memory, call, grant.value, trail);
  if (!limits.ok) return limits;
  const viewer = { limits: onMedia(limits.value, record.clip), history: null };
  const span = await spanOf(memory, call, ladder, viewer.limits);
  const chosen = await decideRenditions(memory, call, { media: ladder, span }, viewer, trail);
  if (!chosen.ok) return chosen;
  return ok({ kind: "download", call: { ...call, media: ladder, name, choice: chosen.value } });
}
