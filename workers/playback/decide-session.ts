// A session in the path: is it one of ours, for this playback id, from where it is bound to, and still good? Then what
// is asked for must be something it was offered.
import { matchesBinding } from "#workers/access/ip-binding.ts";
import { viewerIpOf } from "#workers/access/viewer-place.ts";
import { ok, type Result } from "#workers/result.ts";
import { fileNumberOf } from "#workers/timeline/version-numbers.ts";
import type { Refusal } from "./call.ts";
import { isOffered } from "./choose.ts";
import { decideMedia } from "./decide-media.ts";
import { decideRevocation } from "./decide-revocation.ts";
import type { Decided, Trail } from "./decision.ts";
import type { RecordCall } from "./grant.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import type { TrackRoute } from "./path.ts";
import { versionOf } from "./record.ts";
import { hasCurrentTerms, isOfFile, verifySession, type SessionClaims } from "./session.ts";

/** This track of this version is one that the session was offered. */
export async function decideTrack(
  memory: PlaybackIsolate,
  call: RecordCall,
  route: TrackRoute,
  trail: Trail,
): Promise<Decided> {
  const opened = await decideSession(memory, call, route.session, trail);
  if (!opened.ok) return opened;
  const session = opened.value;
  const playable = decideMedia(call, trail);
  if (!playable.ok) return playable;
  const { version, track } = route;
  const media = versionOf(call.record, version);
  if (media === null && !isOfCurrentFile(call, session))
    return trail.refuse("track", "sessionOutdated", { version });
  if (media === null) return trail.refuse("track", "versionUnknown", { version });
  // Its mask says nothing of the tracks of another file.
  if (!isOfFile(session, fileNumberOf(version))) return trail.refuse("track", "trackNotOffered", { track });
  const trackIndex = media.formats.findIndex(({ id }) => id === track);
  const format = media.formats[trackIndex];
  if (format === undefined) return trail.refuse("track", "trackUnknown", { track });
  if (!isOffered(session, media.firstTrackBit, trackIndex))
    return trail.refuse("track", "trackNotOffered", { track });
  const { kind } = media;
  if (format.dropped === true) {
    const { nearestOffered } = await import("./nearest-offered.ts");
    const nearest = route.kind === "media" ? nearestOffered(media, session, trackIndex) : null;
    if (nearest === null) return trail.refuse("track", "trackUnknown", { track });
    trail.pass("track", { version, kind, track, movedTo: nearest });
    return ok({ kind: "moved", to: { version, track: nearest } });
  }
  trail.pass("track", { version, kind, track });
  return ok({ kind: "track", route, call: { ...call, media, session, track, trackIndex } });
}

/** The file was replaced since, and what was left for those who watched it is over. */
function isOfCurrentFile({ record }: RecordCall, session: SessionClaims): boolean {
  return record.media === null || isOfFile(session, fileNumberOf(record.media.version));
}

/** Who asks every two seconds is told of a revocation no later than that. */
const beaconAgeMs = 2_000;

export async function decideBeacon(
  memory: PlaybackIsolate,
  call: RecordCall,
  session: string,
  trail: Trail,
): Promise<Decided> {
  const opened = await decideSession(memory, call, session, trail, beaconAgeMs);
  return opened.ok ? ok({ kind: "beacon", call: { ...call, session: opened.value } }) : opened;
}

/** Which pathway to take is told to whoever may watch. */
export async function decideSteering(
  memory: PlaybackIsolate,
  call: RecordCall,
  session: string,
  trail: Trail,
): Promise<Decided> {
  const opened = await decideSession(memory, call, session, trail);
  if (!opened.ok) return opened;
  const playable = decideMedia(call, trail);
  return playable.ok ? ok({ kind: "steering", call: { ...call, session: opened.value } }) : playable;
}

export async function decideSession(
  memory: PlaybackIsolate,
  call: RecordCall,
  text: string,
  trail: Trail,
  maxAgeMs?: number,
): Promise<Result<SessionClaims, Refusal>> {
  const { request, env, nowMs, record } = call;
  const keys = memory.keyring.peek(env.SESSION_KEYS) ?? (await memory.keyring.of(env.SESSION_KEYS));
  const verified = await verifySession(text, record.playbackId, keys, nowMs);
  if (!verified.ok) return trail.refuse("session", verified.reason);
  const session = verified.value;
  const { issuedAtMs, expiresAtMs, binding, keyHash } = session;
  trail.opened(session);
  trail.pass("session", { issuedAtMs, expiresAtMs });
  if (record.policy === "drm") return trail.refuse("session", "drmUnavailable", { policy: record.policy });
  // Without a token's key it was minted when the id was public.
  if (record.policy === "signed" && keyHash === 0) {
    return trail.refuse("session", "tokenRequired", { policy: record.policy });
  }
  if (binding.kind !== 0) {
    const ip = viewerIpOf(request.headers);
    if (!matchesBinding(binding, ip)) return trail.refuse("binding", "boundElsewhere", { ip });
    trail.pass("binding", { ip });
  }
  const current = await decideRevocation(memory, call, { session, issuedAtMs }, trail, maxAgeMs);
  if (!current.ok) return current;
  return (await isOfTerms(memory, call, session)) ? ok(session) : trail.refuse("session", "sessionOutdated");
}

/** By terms that hold: where it is the record that is the older of the two, it is read anew. */
async function isOfTerms(
  memory: PlaybackIsolate,
  { record, env, ctx, nowMs }: RecordCall,
  session: SessionClaims,
): Promise<boolean> {
  if (hasCurrentTerms(session, record.access.termsVersion)) return true;
  const newer = await memory.records.find(record.playbackId, env, ctx, nowMs, session.issuedAtMs);
  return newer !== null && hasCurrentTerms(session, newer.access.termsVersion);
}
