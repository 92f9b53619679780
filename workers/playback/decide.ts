// May this request be answered, and with what? Rules in a fixed order, the cheap before the dear; each leaves its
// trace, and the first that refuses ends it. Nothing here makes an answer.
import { ok } from "#workers/result.ts";
import type { Asked } from "./call.ts";
import { isOffered } from "./choose.ts";
import { decideManifest } from "./decide-manifest.ts";
import { decideMedia } from "./decide-media.ts";
import { decideRevocation } from "./decide-revocation.ts";
import { Trail, type Decided, type Decision } from "./decision.ts";
import { decideGrant, type RecordCall } from "./grant.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import type { PlaybackPath, TrackRoute } from "./path.ts";
import { verifySession } from "./session.ts";

export async function decide(
  memory: PlaybackIsolate,
  matched: PlaybackPath | null,
  asked: Asked,
): Promise<Decision> {
  const trail = new Trail();
  const outcome = await runRules(memory, matched, asked, trail);
  return { checks: trail.checks, outcome };
}

async function runRules(
  memory: PlaybackIsolate,
  matched: PlaybackPath | null,
  asked: Asked,
  trail: Trail,
): Promise<Decided> {
  if (matched === null) return trail.refuse("path", "pathUnknown");
  const { method } = asked.request;
  if (method === "OPTIONS") return ok({ kind: "preflight" });
  if (method !== "GET" && method !== "HEAD") return trail.refuse("path", "methodNotAllowed", method);
  const { playbackId, route } = matched;
  const found = memory.records.find(playbackId, asked.env, asked.ctx, asked.nowMs);
  const record = found instanceof Promise ? await found : found;
  if (record === null) return trail.refuse("playbackId", "playbackIdUnknown", playbackId);
  trail.pass("playbackId", { policy: record.policy, videoId: record.videoId });
  const call: RecordCall = { ...asked, record };
  switch (route.kind) {
    case "multivariant":
    case "mpd":
      return decideManifest(memory, call, route.kind, trail);
    case "thumbnail":
      return decidePicture(memory, call, trail);
    case "event":
      return trail.refuse("path", "pathUnknown");
    case "media":
    case "iframes":
    case "init":
    case "segment":
      return decideTrack(memory, call, route, trail);
  }
}

async function decidePicture(memory: PlaybackIsolate, call: RecordCall, trail: Trail): Promise<Decided> {
  const grant = await decideGrant(memory, call, "thumbnail", trail);
  if (!grant.ok) return grant;
  const media = decideMedia(call, trail);
  return media.ok ? ok({ kind: "picture", call: { ...call, media: media.value } }) : media;
}

/** The session is good, and this track of this version is one that it was offered. */
async function decideTrack(
  memory: PlaybackIsolate,
  call: RecordCall,
  route: TrackRoute,
  trail: Trail,
): Promise<Decided> {
  const { env, nowMs, record } = call;
  const keys = memory.keyring.peek(env.SESSION_KEYS) ?? (await memory.keyring.of(env.SESSION_KEYS));
  const verified = await verifySession(route.session, record.playbackId, keys, nowMs);
  if (!verified.ok) return trail.refuse("session", verified.reason);
  const session = verified.value;
  trail.opened(session);
  trail.pass("session", { issuedAtMs: session.issuedAtMs, expiresAtMs: session.expiresAtMs });
  // Without a token's key it was minted when the id was public.
  if (record.policy === "drm") return trail.refuse("session", "drmUnavailable", { policy: record.policy });
  if (record.policy === "signed" && session.keyHash === 0) {
    return trail.refuse("session", "tokenRequired", { policy: record.policy });
  }
  const current = await decideRevocation(memory, call, { session, issuedAtMs: session.issuedAtMs }, trail);
  if (!current.ok) return current;
  const playable = decideMedia(call, trail);
  if (!playable.ok) return playable;
  const media = playable.value;
  const { version, track } = route;
  if (version !== media.version) return trail.refuse("track", "versionUnknown", { version });
  const trackIndex = media.formats.findIndex(({ id }) => id === track);
  if (trackIndex < 0) return trail.refuse("track", "trackUnknown", { track });
  if (!isOffered(session, trackIndex)) return trail.refuse("track", "trackNotOffered", { track });
  trail.pass("track", { version, track });
  return ok({ kind: "track", route, call: { ...call, media, session, track, trackIndex } });
}
