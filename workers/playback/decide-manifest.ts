// A manifest: what this viewer is let have of the video, and the session that will open exactly that.
import { modifierNames, type Limits } from "#workers/access/limits.ts";
import { limitPlayback, rateLimitHeaders, type RateLimitPolicy } from "#workers/access/rate-limit.ts";
import { admitStream } from "#workers/access/stream-admission.ts";
import { viewerIpOf } from "#workers/access/viewer-place.ts";
import { ok, type Result } from "#workers/result.ts";
import type { ManifestKind, Offer, Refusal } from "./call.ts";
import { maskOfVersion, plainChoice, type Choice, type ChoiceInput } from "./choose.ts";
import type { Span } from "./clip.ts";
import { decideMedia } from "./decide-media.ts";
import type { Decided, Trail } from "./decision.ts";
import { countriesOf, readNetwork } from "./device-network.ts";
import { readDevice } from "./device.ts";
import { decideGrant, mintClaims, type Grant, type RecordCall } from "./grant.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import { narrow } from "./modifiers-narrow.ts";
import { isWhole } from "./offered-slice.ts";
import { valuesOf } from "./query.ts";
import type { ClipWindow, MediaVersion } from "./record.ts";
import type { SessionClaims } from "./session.ts";
import type { ViewerHistory } from "./viewer-history.ts";

export async function decideManifest(
  memory: PlaybackIsolate,
  call: RecordCall,
  kind: ManifestKind,
  trail: Trail,
): Promise<Decided> {
  const rate = decideRate(call, trail);
  const unhurried = rate instanceof Promise ? await rate : rate;
  if (!unhurried.ok) return unhurried;
  const grant = await decideGrant(memory, call, "video", trail);
  if (!grant.ok) return grant;
  const decided = decideMedia(call, trail);
  if (!decided.ok) return decided;
  const media = decided.value;
  const limits = await decideLimits(memory, call, grant.value, trail);
  if (!limits.ok) return limits;
  const { token } = grant.value;
  const history = token === null ? null : await memory.cmcd.history(token.viewerHash, call.nowMs);
  const viewer = { limits: onMedia(limits.value, call.record.clip), history };
  const span = await spanOf(memory, call, media, viewer.limits);
  const chosen = await decideRenditions(memory, call, { media, span }, viewer, trail);
  if (!chosen.ok) return chosen;
  const choice = chosen.value;
  const offer = { media, choice };
  const next = kind === "multivariant" ? await decideNext(memory, call, offer, viewer, trail) : null;
  const trackMask = maskOf(offer, next);
  const session = mintClaims(call, grant.value, { trackMask, slice: choice.slice });
  const admitted = await decideStreams(call, session, trail);
  if (!admitted.ok) return admitted;
  return ok({ kind: "manifest", call: { ...call, media, kind, choice, next, session } });
}

interface Viewer {
  /** In seconds of the media: a clip's own begin with the clip. */
  readonly limits: Limits;
  readonly history: ViewerHistory | null;
}

/** What a viewer of a clip may have, in seconds of the video that it is of. */
export function onMedia(limits: Limits, clip: ClipWindow | null): Limits {
  if (clip === null) return limits;
  const { fromSeconds, toSeconds } = clip;
  const { startSeconds = 0, endSeconds = Infinity } = limits;
  return {
    ...limits,
    startSeconds: fromSeconds + startSeconds,
    endSeconds: Math.min(fromSeconds + endSeconds, toSeconds),
  };
}

/**
 * The ladder that is being encoded while the file itself plays, for a player that can be moved (`pathways=1`). Both are
 * chosen from by the same limits. A clip is never moved: its fragments are numbered by the version it was cut from.
 */
async function decideNext(
  memory: PlaybackIsolate,
  call: RecordCall,
  { media, choice }: Offer,
  viewer: Viewer,
  trail: Trail,
): Promise<Offer | null> {
  const { other } = call.record;
  if (media.kind === "ladder" || other === null || !isWhole(choice.slice)) return null;
  if (!valuesOf(call.query, "pathways").includes("1")) return null;
  const span = { gop: other.gop, durationSeconds: null };
  const next = await decideRenditions(memory, call, { media: other, span }, viewer, trail);
  // Whatever the ladder lacks, what plays now is there.
  return next.ok ? { media: other, choice: next.value } : null;
}

/** What the session opens: all of both versions where nothing is limited, else what was chosen of each. */
function maskOf(offer: Offer, next: Offer | null): number {
  if (offer.choice.isPlain) return offer.choice.trackMask;
  const own = maskOfVersion(offer.media, offer.choice);
  return (own | (next === null ? 0 : maskOfVersion(next.media, next.choice))) >>> 0;
}

/** Of a ladder the grid tells where a second is; the file's own fragments must be looked at. */
export async function spanOf(
  memory: PlaybackIsolate,
  { env, ctx, nowMs, record }: RecordCall,
  media: MediaVersion,
  { startSeconds, endSeconds }: Limits,
): Promise<Span> {
  const { gop, state, kind, formats } = media;
  // Where a clip ends, its video goes on: that end is a limit, and never "to the end".
  const isToEnd = state === "sealed" && record.clip === null;
  const span = { gop, durationSeconds: isToEnd ? record.durationSeconds : null };
  const [lead] = formats;
  if (kind === "ladder" || lead === undefined || (startSeconds === undefined && endSeconds === undefined))
    return span;
  const loaded = await memory.timelines.track(media, lead.id, env, ctx, nowMs);
  if (loaded === null) return span;
  return { ...span, table: { fragments: loaded.fragments, timescale: lead.timescale } };
}

/** Before anything is verified: a signature is what a flood would cost most. */
export function decideRate(
  { request, env, record: { playbackId }, explaining }: RecordCall,
  trail: Trail,
): Result<null, Refusal> | Promise<Result<null, Refusal>> {
  if (explaining) {
    trail.skip("requestRate");
    return ok(null);
  }
  const judge = (taken: Result<null, RateLimitPolicy>): Result<null, Refusal> => {
    if (!taken.ok) {
      const headers = rateLimitHeaders(taken.reason);
      return trail.refuse("requestRate", "rateLimited", { ...taken.reason }, { headers });
    }
    trail.pass("requestRate");
    return taken;
  };
  const taken = limitPlayback(env, { ip: viewerIpOf(request.headers), playbackId });
  return taken instanceof Promise ? taken.then(judge) : judge(taken);
}

/** A place among the viewer's streams. An explanation takes none. */
async function decideStreams(
  { request, env, ctx, nowMs, explaining }: RecordCall,
  session: SessionClaims,
  trail: Trail,
): Promise<Result<null, Refusal>> {
  const { streamLimit } = session;
  // HEAD hands no session out either.
  if (streamLimit === null || explaining || request.method === "HEAD") {
    trail.skip("streams", { streamLimit });
    return ok(null);
  }
  const admitted = admitStream(session, env, ctx, nowMs);
  switch (admitted instanceof Promise ? await admitted : admitted) {
    case "admitted":
      trail.pass("streams", { streamLimit });
      return ok(null);
    case "refused":
      return trail.refuse("streams", "streamLimitReached", { streamLimit });
    case "unknown":
      return trail.refuse("streams", "streamsUnknown", { streamLimit });
  }
}

/** All that limits this viewer: the owner's word, the token's, and what the URL asks for. */
export async function decideLimits(
  memory: PlaybackIsolate,
  { query, record }: RecordCall,
  { limits }: Grant,
  trail: Trail,
): Promise<Result<Limits, Refusal>> {
  if (!modifierNames.some((name) => query.includes(name))) {
    trail.skip("modifiers");
    return ok(limits);
  }
  const { parseModifiers } = (memory.modifiers ??= await import("./modifiers.ts"));
  const modifiers = parseModifiers(query);
  if (!modifiers.ok) {
    const { parameter, detail } = modifiers.reason;
    return trail.refuse("modifiers", "invalidModifier", { parameter }, { detail });
  }
  const { given, limits: asked } = modifiers.value;
  if (given.length === 0) {
    trail.skip("modifiers");
    return ok(limits);
  }
  // Whoever has the URL could change them: what a signed URL is to be is in its token.
  if (record.policy !== "public") return trail.refuse("modifiers", "modifierNotSigned", { given });
  trail.pass("modifiers", { given });
  return ok(narrow(limits, asked));
}

export async function decideRenditions(
  memory: PlaybackIsolate,
  { request, env, nowMs }: RecordCall,
  { media: { formats, segmentFragments, kind }, span }: { readonly media: MediaVersion; readonly span: Span },
  { limits, history }: Viewer,
  trail: Trail,
): Promise<Result<Choice, Refusal>> {
  const device = readDevice(request.headers);
  const network = readNetwork(request.headers, request.cf as IncomingRequestCfProperties | undefined);
  const input: ChoiceInput = {
    formats,
    limits,
    device,
    network,
    history,
    startLowCountries: countriesOf(env.START_LOW_COUNTRIES),
    span,
    g: segmentFragments,
    nowMs,
  };
  const plain = plainChoice(input);
  const chosen =
    plain === null
      ? (memory.rules ??= await import("./choose-renditions.ts")).chooseRenditions(input)
      : ok(plain);
  if (!chosen.ok) return trail.refuse("renditions", chosen.reason, { limits, device, network, history });
  const { renditions, start, slice } = chosen.value;
  trail.pass("renditions", { of: kind, limits, device, network, history, renditions, start, slice });
  return chosen;
}
