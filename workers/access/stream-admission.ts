// A new stream of a viewer who may have only so many asks for its place, before its session is minted. Whoever has no
// limit is let in without a question.
import type { Env } from "#workers/env.ts";
import { hexOf } from "#workers/hex.ts";
import { logError } from "#workers/http/log.ts";
import { count } from "#workers/metrics/count.ts";
import { sessionName, type SessionClaims } from "#workers/playback/session.ts";
import { within } from "#workers/within.ts";
import type { StreamChange } from "./stream-leases.ts";
import type { ViewerSessions } from "./viewer-sessions.ts";

/** `unknown`: the viewer's object can't be reached, and the setting says to refuse then. */
export type Admission = "admitted" | "refused" | "unknown";

const answerWithinMs = 2_000;

/** A promise only where there is a limit. */
export function admitStream(
  session: SessionClaims,
  env: Env,
  ctx: ExecutionContext,
  nowMs: number,
): Admission | Promise<Admission> {
  return session.streamLimit === null ? "admitted" : ask(session, env, ctx, nowMs);
}

async function ask(
  session: SessionClaims,
  env: Env,
  ctx: ExecutionContext,
  nowMs: number,
): Promise<Admission> {
  const { streamLimit } = session;
  if (streamLimit === null) return "admitted";
  const tell = (outcome: string) => count(env, ctx, "stream_admissions_total", { outcome });
  let change: StreamChange;
  try {
    const asked = viewerStreams(env, session.viewerHash).admit(sessionName(session), streamLimit, nowMs);
    change = await within(answerWithinMs, asked);
  } catch (error) {
    logError("access.streamsUnreachable", error);
    const open = env.REVOCATION_UNREACHABLE === "open";
    tell(open ? "unreachableOpen" : "unreachableClosed");
    return open ? "admitted" : "unknown";
  }
  const admitted = change.outcome === "admitted";
  tell(admitted && change.ended.length > 0 ? "evicted" : change.outcome);
  return admitted ? "admitted" : "refused";
}

export function viewerStreams(env: Env, viewerHash: Uint8Array): DurableObjectStub<ViewerSessions> {
  const name = hexOf(viewerHash);
  return env.VIEWER_SESSIONS.getByName(name);
}
