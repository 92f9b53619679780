// A manifest: what this viewer is let have of the video, and the session that will open exactly that.
import type { Limits } from "#workers/access/limits.ts";
import { limitPlayback, rateLimitHeaders, type RateLimitPolicy } from "#workers/access/rate-limit.ts";
import { admitStream } from "#workers/access/stream-admission.ts";
import { viewerIpOf } from "#workers/access/viewer-place.ts";
import { ok, type Result } from "#workers/result.ts";
import type { ManifestKind, Refusal } from "./call.ts";
import { chooseRenditions } from "./choose-renditions.ts";
import type { Choice } from "./choose.ts";
import { decideMedia } from "./decide-media.ts";
import type { Decided, Trail } from "./decision.ts";
import { countriesOf, readNetwork } from "./device-network.ts";
import { readDevice } from "./device.ts";
import { decideGrant, mintClaims, type Grant, type RecordCall } from "./grant.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import { narrow } from "./modifiers-narrow.ts";
import { parseModifiers } from "./modifiers.ts";
import type { MediaVersion } from "./record.ts";
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
  const limits = decideLimits(call, grant.value, trail);
  if (!limits.ok) return limits;
  const { token } = grant.value;
  const history = token === null ? null : await memory.cmcd.history(token.viewerHash, call.nowMs);
  const choice = decideRenditions(call, media, limits.value, history, trail);
  if (!choice.ok) return choice;
  const session = mintClaims(call, grant.value, choice.value);
  const admitted = await decideStreams(call, session, trail);
  if (!admitted.ok) return admitted;
  return ok({ kind: "manifest", call: { ...call, media, kind, choice: choice.value, session } });
}

/** Before anything is verified: a signature is what a flood would cost most. */
function decideRate(
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
function decideLimits(
  { query, record }: RecordCall,
  { limits }: Grant,
  trail: Trail,
): Result<Limits, Refusal> {
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

function decideRenditions(
  { request, env, record, nowMs }: RecordCall,
  { formats, gop, state }: MediaVersion,
  limits: Limits,
  history: ViewerHistory | null,
  trail: Trail,
): Result<Choice, Refusal> {
  const device = readDevice(request.headers);
  const network = readNetwork(request.headers, request.cf as IncomingRequestCfProperties | undefined);
  const chosen = chooseRenditions({
    formats,
    limits,
    device,
    network,
    history,
    startLowCountries: countriesOf(env.START_LOW_COUNTRIES),
    span: { gop, durationSeconds: state === "sealed" ? record.durationSeconds : null },
    g: record.segmentFragments,
    nowMs,
  });
  if (!chosen.ok) return trail.refuse("renditions", chosen.reason, { limits, device, network, history });
  const { renditions, start, slice } = chosen.value;
  trail.pass("renditions", { limits, device, network, history, renditions, start, slice });
  return chosen;
}
