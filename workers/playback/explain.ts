// Why a playback request is answered as it is: `?explain=1` with an admin's API key. It runs the very decision that
// answers viewers, without what a decision leaves behind (no stream is counted, no session handed out), and prints
// the value that came of it.
import { authenticate } from "#workers/access/authenticate.ts";
import { problemResponse } from "#workers/http/problem.ts";
import { requestIdOf } from "#workers/http/request-id.ts";
import type { Asked } from "./call.ts";
import { decide } from "./decide.ts";
import type { Decision, Wanted } from "./decision.ts";
import { corsHeaders, type CacheTier } from "./headers.ts";
import type { PlaybackIsolate } from "./isolate.ts";
import { manifestTier } from "./manifest.ts";
import type { PlaybackPath } from "./path.ts";
import { playlistTier } from "./playlist.ts";
import { problemCodeOf } from "./refusals.ts";
import { initTier, segmentTier } from "./segment.ts";
import { sessionName, type SessionClaims } from "./session.ts";

export async function explain(
  memory: PlaybackIsolate,
  matched: PlaybackPath | null,
  asked: Asked,
): Promise<Response> {
  const { request, env, nowMs } = asked;
  const headers = { ...corsHeaders, "Cache-Control": "no-store", "X-Request-Id": requestIdOf(request) };
  const caller = await authenticate(request, env, nowMs);
  if (!caller.ok) {
    if (caller.reason === "crossSite") return problemResponse("crossSiteRequest", { headers });
    const challenge = { "WWW-Authenticate": 'Bearer realm="sluice"' };
    return problemResponse("unauthenticated", { headers: { ...headers, ...challenge } });
  }
  if (!caller.value.scopes.includes("admin")) {
    return problemResponse("forbidden", { headers, detail: "This needs the scope admin." });
  }
  const decision = await decide(memory, matched, { ...asked, explaining: true });
  return Response.json(await explanation(memory, matched, decision), { headers });
}

async function explanation(memory: PlaybackIsolate, matched: PlaybackPath | null, decision: Decision) {
  const { checks, outcome } = decision;
  const about = { playbackId: matched?.playbackId ?? null, route: matched?.route.kind ?? null };
  if (!outcome.ok) {
    const { reason, sessionId } = outcome.reason;
    return { ...about, allowed: false, reason, code: problemCodeOf(reason), sessionId, checks };
  }
  const wanted = outcome.value;
  return { ...about, allowed: true, checks, ...offerOf(wanted), answeredBy: await tierOf(memory, wanted) };
}

function offerOf(wanted: Wanted) {
  switch (wanted.kind) {
    case "preflight":
    case "picture":
    case "moved":
    case "chapters":
    case "download":
      return {};
    case "manifest":
    case "beacon":
    case "steering":
    case "text":
    case "track":
      return { session: sessionFacts(wanted.call.session) };
  }
}

function sessionFacts(session: SessionClaims) {
  const { issuedAtMs, expiresAtMs, trackMask, slice, binding, streamLimit } = session;
  return {
    id: sessionName(session),
    issuedAt: new Date(issuedAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
    trackMask: (trackMask >>> 0).toString(2),
    slice,
    bound: binding.kind !== 0,
    streamLimit,
  };
}

/** The cache that would answer now. */
async function tierOf(memory: PlaybackIsolate, wanted: Wanted): Promise<CacheTier | null> {
  switch (wanted.kind) {
    case "preflight":
    case "picture":
    case "beacon":
    case "steering":
    case "moved":
    case "text":
    case "chapters":
    case "download":
      return null;
    case "manifest":
      return manifestTier(memory, wanted.call);
    case "track":
      switch (wanted.route.kind) {
        case "media":
        case "iframes":
          return playlistTier(memory, wanted.call, wanted.route.kind);
        case "init":
          return initTier(memory, wanted.call);
        case "segment":
          return segmentTier(memory, wanted.call, wanted.route.g, wanted.route.n);
      }
  }
}
