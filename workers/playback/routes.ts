// The edge path: every request under /p/. A path is matched, its playback id looked up, access decided, the
// session checked, and only then does a handler see it. Nothing here throws to the caller.
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { problemResponse } from "#workers/http/problem.ts";
import { requestIdOf } from "#workers/http/request-id.ts";
import { ok, type Result } from "#workers/result.ts";
import { decideAccess, decidePlayable } from "./access.ts";
import { no, type Answer, type PlaybackCall, type Refusal, type TrackCall } from "./call.ts";
import { isOffered } from "./choose.ts";
import { PlaybackIsolate } from "./isolate.ts";
import { answerManifest } from "./manifest.ts";
import { matchPlaybackPath, splitUrl, type PlaybackPath, type TrackPath } from "./path.ts";
import { answerPlaylist } from "./playlist.ts";
import { refusalResponse } from "./refusals.ts";
import { corsHeaders, preflight } from "./headers.ts";
import { answerInit, answerSegment } from "./segment.ts";
import { verifySession } from "./session.ts";
import { answerThumbnail } from "./thumbnail.ts";

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
  try {
    const answer = await decide(memory, matched, { request, env, ctx, nowMs, query });
    if (answer.ok) return answer.value;
    return refusalResponse(answer.reason.reason, {
      request,
      env,
      ctx,
      playbackId: matched?.playbackId ?? null,
      route: matched?.route.kind ?? null,
      sessionId: answer.reason.sessionId,
    });
  } catch (error) {
    const requestId = requestIdOf(request);
    logError("playback.failed", error, {
      requestId,
      playbackId: matched?.playbackId,
      route: matched?.route.kind,
    });
    return problemResponse("internal", { requestId, headers: { ...corsHeaders, "X-Request-Id": requestId } });
  }
}

type Asked = Pick<PlaybackCall, "request" | "env" | "ctx" | "nowMs" | "query">;

async function decide(memory: PlaybackIsolate, matched: PlaybackPath | null, asked: Asked): Promise<Answer> {
  if (matched === null) return no("pathUnknown");
  const { method } = asked.request;
  if (method === "OPTIONS") return ok(preflight());
  if (method !== "GET" && method !== "HEAD") return no("methodNotAllowed");
  const { playbackId, route } = matched;
  const found = memory.records.find(playbackId, asked.env, asked.ctx, asked.nowMs);
  const record = found instanceof Promise ? await found : found;
  if (record === null) return no("playbackIdUnknown");
  const allowed = decideAccess(record);
  if (!allowed.ok) return no(allowed.reason);
  const playable = decidePlayable(record);
  if (!playable.ok) return no(playable.reason);
  const call: PlaybackCall = { ...asked, record, media: playable.value };
  switch (route.kind) {
    case "multivariant":
    case "mpd":
      return answerManifest(memory, call, route.kind);
    case "thumbnail":
      return answerThumbnail(memory, call);
    case "media":
    case "iframes": {
      const opened = await openTrack(memory, call, route);
      return opened.ok ? answerPlaylist(memory, opened.value, route.kind) : opened;
    }
    case "init": {
      const opened = await openTrack(memory, call, route);
      return opened.ok ? answerInit(memory, opened.value) : opened;
    }
    case "segment": {
      const opened = await openTrack(memory, call, route);
      return opened.ok ? answerSegment(memory, opened.value, route.g, route.n) : opened;
    }
  }
}

/** The session is good, and this track of this version is one that it was offered. */
async function openTrack(
  memory: PlaybackIsolate,
  call: PlaybackCall,
  path: TrackPath,
): Promise<Result<TrackCall, Refusal>> {
  const { env, nowMs, record, media } = call;
  const keys = memory.keyring.peek(env.SESSION_KEYS) ?? (await memory.keyring.of(env.SESSION_KEYS));
  const verified = await verifySession(path.session, record.playbackId, keys, nowMs);
  if (!verified.ok) return no(verified.reason);
  const session = verified.value;
  if (path.version !== media.version) return no("versionUnknown", session);
  const trackIndex = media.formats.findIndex(({ id }) => id === path.track);
  if (trackIndex < 0) return no("trackUnknown", session);
  if (!isOffered(session, trackIndex)) return no("trackNotOffered", session);
  return ok({ ...call, session, track: path.track, trackIndex });
}
