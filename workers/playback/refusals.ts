// Every reason for which playback says no, and the one place that turns it into an answer, a count and a
// log line. The line holds ids only: never the session's text, its MAC, a token or a query.
import type { Env } from "#workers/env.ts";
import { log } from "#workers/http/log.ts";
import { problemResponse, type ProblemCode } from "#workers/http/problem.ts";
import { requestIdOf } from "#workers/http/request-id.ts";
import { count } from "#workers/metrics/count.ts";
import type { AboutRefusal } from "./call.ts";
import { corsHeaders } from "./headers.ts";

const refusals = {
  pathUnknown: ["notFound"],
  methodNotAllowed: ["methodNotAllowed", { headers: { Allow: "GET, HEAD, OPTIONS" } }],
  methodNotPost: ["methodNotAllowed", { headers: { Allow: "POST, OPTIONS" } }],
  playbackIdUnknown: ["notFound"],
  rateLimited: ["rateLimited"],
  tokenRequired: ["playbackTokenRequired"],
  drmUnavailable: ["playbackTokenRequired", { detail: "Protected playback is not set up here." }],
  tokenMalformed: ["playbackTokenInvalid"],
  tokenTooLarge: ["playbackTokenInvalid"],
  tokenAlgorithm: ["playbackTokenInvalid"],
  tokenKeyUnknown: ["playbackTokenInvalid"],
  tokenKeyRetired: ["playbackTokenInvalid"],
  tokenKeySealed: ["playbackTokenInvalid"],
  tokenSignature: ["playbackTokenInvalid"],
  tokenAudience: ["playbackTokenInvalid"],
  tokenPlaybackId: ["playbackTokenInvalid"],
  tokenClaims: ["playbackTokenInvalid"],
  tokenTooLong: ["playbackTokenInvalid"],
  tokenExpired: ["playbackTokenExpired"],
  tokenNotYetValid: ["playbackTokenNotYetValid"],
  tokenKeyRevoked: ["revoked"],
  revoked: ["revoked"],
  streamEvicted: ["streamEvicted"],
  sessionShared: ["sessionShared"],
  streamLimitReached: ["streamLimitReached"],
  streamsUnknown: [
    "unavailable",
    {
      headers: { "Retry-After": "2" },
      detail: "How many streams the viewer has is not known at the moment.",
    },
  ],
  sessionOutdated: [
    "sessionExpired",
    { detail: "What may be watched has changed. Load the manifest again." },
  ],
  notAvailableNow: ["notAvailableNow"],
  notAllowedHere: ["notAvailableHere"],
  boundElsewhere: ["notAvailableHere"],
  originNotAllowed: ["originNotAllowed"],
  beaconTooLarge: ["bodyTooLarge"],
  beaconTypeUnsupported: ["unsupportedMediaType"],
  beaconNotJson: ["invalidJson"],
  beaconNotUnderstood: ["unprocessable"],
  revocationsUnknown: [
    "unavailable",
    { headers: { "Retry-After": "2" }, detail: "What was revoked is not known at the moment." },
  ],
  invalidModifier: ["invalidParameter"],
  modifierNotSigned: ["modifierNotSigned"],
  codecsNotOffered: ["noRenditionAllowed"],
  soundNotOffered: ["noRenditionAllowed"],
  clipEmpty: ["invalidParameter", { detail: "end lies behind start" }],
  clipBeyondEnd: ["invalidParameter", { detail: "start lies beyond the video's end" }],
  notPlayable: ["videoNotPlayable"],
  notYetPlayable: ["notYetPlayable", { headers: { "Retry-After": "2" } }],
  notYetComplete: ["notYetComplete", { headers: { "Retry-After": "5" } }],
  sessionMalformed: ["invalidSession"],
  sessionKeyUnknown: ["invalidSession"],
  sessionForged: ["invalidSession"],
  sessionExpired: ["sessionExpired"],
  versionUnknown: ["notFound"],
  trackUnknown: ["notFound"],
  /** As if it did not exist: what was not offered is nobody's business. */
  trackNotOffered: ["notFound"],
  groupingUnknown: ["notFound"],
  segmentUnknown: ["notFound"],
  segmentNotOffered: ["notFound"],
  noKeyFrames: ["notFound"],
  imageUnknown: ["notFound"],
  downloadNotAllowed: ["downloadNotAllowed"],
  downloadUnknown: ["notFound", { detail: "The video has no such download." }],
  downloadNotYet: [
    "notYetComplete",
    { headers: { "Retry-After": "5" }, detail: "Downloads are offered once the video is encoded whole." },
  ],
  chaptersUnknown: ["notFound", { detail: "The video has no such chapters." }],
  bytesMissing: ["notFound"],
  sourceGone: ["notFound", { detail: "The uploaded file is gone." }],
  sourceChanged: ["notFound", { detail: "The uploaded file is not the one it was." }],
  makersBusy: ["unavailable", { headers: { "Retry-After": "1" } }],
  tooManyFrames: ["rateLimited", { headers: { "Retry-After": "5" } }],
  invalidWidth: ["invalidParameter", { detail: "width is a whole number of pixels" }],
  invalidTime: ["invalidParameter", { detail: "time is seconds from the start, as in 12.5" }],
} as const satisfies Record<string, readonly [ProblemCode, AboutRefusal?]>;

export type RefusalReason = keyof typeof refusals;

export const problemCodeOf = (reason: RefusalReason): ProblemCode => refusals[reason][0];

export interface RefusedCall {
  readonly request: Request;
  readonly env: Env;
  readonly ctx: ExecutionContext;
  readonly playbackId: string | null;
  readonly route: string | null;
  /** Of a session whose MAC was right. */
  readonly sessionId: string | null;
  readonly about: AboutRefusal;
}

export function refusalResponse(reason: RefusalReason, call: RefusedCall): Response {
  const { request, env, ctx } = call;
  const requestId = requestIdOf(request);
  const [code, options] = refusals[reason];
  count(env, ctx, "playback_refusals_total", { reason });
  log("info", "playback.refused", {
    reason,
    playbackId: call.playbackId,
    route: call.route,
    sessionId: call.sessionId,
    requestId,
  });
  const always: AboutRefusal = options ?? {};
  const detail = call.about.detail ?? always.detail;
  const response = problemResponse(code, {
    requestId,
    headers: { ...corsHeaders, ...always.headers, ...call.about.headers, "X-Request-Id": requestId },
    ...(detail === undefined ? {} : { detail }),
  });
  return request.method === "HEAD" ? new Response(null, response) : response;
}
