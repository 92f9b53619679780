// May this request be answered, and with what? Rules in a fixed order, the cheap before the dear; each leaves its
// trace, and the first that refuses ends it. Nothing here makes an answer.
import { availabilityAt } from "#workers/access/policy.ts";
import { ok, type Result } from "#workers/result.ts";
import type { Asked, ManifestKind, Refusal } from "./call.ts";
import { decideManifest } from "./decide-manifest.ts";
import { decideMedia } from "./decide-media.ts";
import { findRecordOfTerms } from "./decide-revocation.ts";
import { decideBeacon, decideSteering, decideTrack } from "./decide-session.ts";
import { Trail, type Decided, type Decision } from "./decision.ts";
import { decideGrant, type RecordCall } from "./grant.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import type { PictureName, PlaybackPath } from "./path.ts";

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
  const { playbackId, route } = matched;
  if (route.kind === "event") {
    if (method !== "POST") return trail.refuse("path", "methodNotPost", method);
  } else if (method !== "GET" && method !== "HEAD") return trail.refuse("path", "methodNotAllowed", method);
  const found = memory.records.find(playbackId, asked.env, asked.ctx, asked.nowMs);
  const record = found instanceof Promise ? await found : found;
  if (record === null) return trail.refuse("playbackId", "playbackIdUnknown", playbackId);
  trail.pass("playbackId", { policy: record.policy, videoId: record.videoId });
  const call: RecordCall = { ...asked, record };
  const available = decideAvailability(call, trail);
  if (!available.ok) return available;
  switch (route.kind) {
    case "multivariant":
    case "mpd":
      return decideMinting(memory, call, route.kind, trail);
    case "picture":
      return decidePicture(memory, call, route.name, trail);
    case "text":
    case "chapters":
    case "sessionChapters":
    case "download":
      return (await import("./decide-beside.ts")).decideBeside(memory, call, route, trail);
    case "event":
      return decideBeacon(memory, call, route.session, trail);
    case "steering":
      return decideSteering(memory, call, route.session, trail);
    case "media":
    case "iframes":
    case "init":
    case "segment":
      return decideTrack(memory, call, route, trail);
  }
}

async function decideMinting(
  memory: PlaybackIsolate,
  call: RecordCall,
  kind: ManifestKind,
  trail: Trail,
): Promise<Decided> {
  const record = await findRecordOfTerms(memory, call);
  if (record === null) return trail.refuse("playbackId", "playbackIdUnknown", call.record.playbackId);
  return decideManifest(memory, record === call.record ? call : { ...call, record }, kind, trail);
}

async function decidePicture(
  memory: PlaybackIsolate,
  call: RecordCall,
  name: PictureName,
  trail: Trail,
): Promise<Decided> {
  const audience = name.startsWith("storyboard") ? "storyboard" : "thumbnail";
  const grant = await decideGrant(memory, call, audience, trail);
  if (!grant.ok) return grant;
  const playable = decideMedia(call, trail);
  if (!playable.ok) return playable;
  return ok({ kind: "picture", name, call: { ...call, media: playable.value } });
}

/** Embargo and expiry: of the video, whoever asks. */
function decideAvailability({ record: { access }, nowMs }: RecordCall, trail: Trail): Result<null, Refusal> {
  const { availableFromMs, availableUntilMs } = access;
  if (availableFromMs === null && availableUntilMs === null) return ok(null);
  const at = availabilityAt(access, nowMs);
  const input = { availableFromMs, availableUntilMs, at };
  if (at !== "available") return trail.refuse("availability", "notAvailableNow", input);
  trail.pass("availability", input);
  return ok(null);
}
