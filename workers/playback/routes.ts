// The edge path: every request under /p/. It is decided first (decide.ts), and only then does a handler see it.
// Nothing here throws to the caller.
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { requestIdOf } from "#workers/http/request-id.ts";
import { ok } from "#workers/result.ts";
import { no, type Answer, type PlaybackCall, type SessionCall, type TrackCall } from "./call.ts";
import { decide } from "./decide.ts";
import type { Wanted } from "./decision.ts";
import { corsHeaders, preflight } from "./headers.ts";
import { PlaybackIsolate } from "./isolate.ts";
import { answerManifest } from "./manifest.ts";
import { matchPlaybackPath, splitUrl, type PictureName, type TrackRoute } from "./path.ts";
import { noteStream } from "./note-stream.ts";
import { answerPlaylist } from "./playlist.ts";
import { valuesOf } from "./query.ts";
import { answerInit, answerSegment } from "./segment.ts";

const isolate = new PlaybackIsolate();

export function handlePlayback(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  return playback(isolate, request, env, ctx, Date.now());
}

/** `handlePlayback` with its memory and its clock handed in. */
export async function playback(
  memory: PlaybackIsolate,
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  nowMs: number,
): Promise<Response> {
  const { path, query } = splitUrl(request.url);
  const matched = matchPlaybackPath(path);
  const explaining = valuesOf(query, "explain").includes("1");
  const asked = { request, env, ctx, nowMs, query, explaining };
  try {
    if (explaining) return await (await import("./explain.ts")).explain(memory, matched, asked);
    const { outcome } = await decide(memory, matched, asked);
    const answered = outcome.ok ? await answer(memory, outcome.value) : outcome;
    if (answered.ok) return answered.value;
    const { refusalResponse } = await import("./refusals.ts");
    return refusalResponse(answered.reason.reason, {
      request,
      env,
      ctx,
      playbackId: matched?.playbackId ?? null,
      route: matched?.route.kind ?? null,
      sessionId: answered.reason.sessionId,
      about: answered.reason.about,
    });
  } catch (error) {
    const requestId = requestIdOf(request);
    logError("playback.failed", error, {
      requestId,
      playbackId: matched?.playbackId,
      route: matched?.route.kind,
    });
    const { problemResponse } = await import("#workers/http/problem.ts");
    return problemResponse("internal", { requestId, headers: { ...corsHeaders, "X-Request-Id": requestId } });
  }
}

function answer(memory: PlaybackIsolate, wanted: Wanted): Promise<Answer> | Answer {
  switch (wanted.kind) {
    case "preflight":
      return ok(preflight());
    case "manifest":
      return answerManifest(memory, wanted.call);
    case "picture":
      return answerPicture(memory, wanted.call, wanted.name);
    case "beacon":
      return answerBeacon(memory, wanted.call);
    case "steering":
      return answerSteering(memory, wanted.call);
    case "text":
    case "chapters":
    case "download":
      return import("./answer-beside.ts").then(({ answerBeside }) => answerBeside(memory, wanted));
    case "moved":
      return import("./nearest-offered.ts").then(({ movedTo }) => ok(movedTo(wanted.to)));
    case "track":
      return answerTrack(memory, wanted.call, wanted.route);
  }
}

async function answerSteering(memory: PlaybackIsolate, { request, record }: SessionCall): Promise<Answer> {
  const steering = (memory.steering ??= await import("./steering.ts"));
  return ok(steering.answerSteering(request, record));
}

async function answerPicture(
  memory: PlaybackIsolate,
  call: PlaybackCall,
  name: PictureName,
): Promise<Answer> {
  const pictures = (memory.pictures ??= await import("./pictures.ts"));
  return pictures.answerPicture(memory, call, name);
}

async function answerBeacon(memory: PlaybackIsolate, call: SessionCall): Promise<Answer> {
  const beacons = (memory.beacons ??= await import("./beacon.ts"));
  const { renewSession } = await import("./renew-session.ts");
  const answered = await beacons.answerBeacon(memory.cmcd, call, await renewSession(memory, call));
  if (!answered.ok) return no(answered.reason, call.session);
  const { over, response } = answered.value;
  if (over) memory.streams.release(call.session, call.env, call.ctx, call.nowMs);
  else noteStream(memory, call);
  return ok(response);
}

function answerTrack(memory: PlaybackIsolate, call: TrackCall, route: TrackRoute): Promise<Answer> {
  memory.cmcd.noteRequest(call);
  if (route.kind !== "segment") noteStream(memory, call);
  switch (route.kind) {
    case "media":
    case "iframes":
      return answerPlaylist(memory, call, route.kind);
    case "init":
      return answerInit(memory, call);
    case "segment":
      return answerSegment(memory, call, route.g, route.n);
  }
}
