// A stream that goes on, told to whoever counts its viewer's streams. Nothing where no limit is set.
import { networkOf } from "#workers/access/stream-network.ts";
import { viewerIpOf } from "#workers/access/viewer-place.ts";
import type { SessionCall } from "./call.ts";
import type { PlaybackIsolate } from "./isolate.ts";

/** `mediaSeconds`: of the picture, or of the sound where there is none; the same second is not counted twice. */
export function noteStream(
  memory: PlaybackIsolate,
  { request, session, env, ctx, nowMs }: SessionCall,
  mediaSeconds = 0,
): void {
  if (session.streamLimit === null) return;
  const network = networkOf(viewerIpOf(request.headers));
  memory.streams.note(session, { network, mediaSeconds }, env, ctx, nowMs);
}
