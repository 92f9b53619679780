// Streams tell their viewer's object that they go on: at most every 30 s for each session and isolate, behind the
// answer. Between two tellings an isolate adds up. Sessions without a limit cost a comparison.
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { count } from "#workers/metrics/count.ts";
import { sessionName, type SessionClaims } from "#workers/playback/session.ts";
import { viewerStreams } from "./stream-admission.ts";
import type { StreamUse } from "./stream-leases.ts";

interface Pending {
  readonly sentAtMs: number;
  mediaSeconds: number;
  readonly networks: Set<string>;
}

const renewEveryMs = 30_000;
/** What is told at once: more of them are known to be too many already. */
const maxNetworks = 8;
const maxSessions = 5_000;

export class StreamRenewals {
  /** In the order of telling, so that the first is the one that was told of longest ago. */
  readonly #pending = new Map<string, Pending>();

  /** `network` as stream-network.ts names it; `mediaSeconds` of one track, or a viewer would seem to be several. */
  note(
    session: SessionClaims,
    use: { readonly network: string | null; readonly mediaSeconds: number },
    env: Env,
    ctx: ExecutionContext,
    nowMs: number,
  ): void {
    if (session.streamLimit === null) return;
    const sessionId = sessionName(session);
    const pending = this.#pending.get(sessionId) ?? newPending(Number.NEGATIVE_INFINITY);
    pending.mediaSeconds += use.mediaSeconds;
    if (use.network !== null && pending.networks.size < maxNetworks) pending.networks.add(use.network);
    if (nowMs - pending.sentAtMs < renewEveryMs) return;
    this.#restart(sessionId, nowMs);
    const told = {
      sessionId,
      limit: session.streamLimit,
      networks: [...pending.networks],
      mediaSeconds: pending.mediaSeconds,
    };
    ctx.waitUntil(renew(session.viewerHash, told, env, ctx, nowMs));
  }

  /** The player says that the viewer has left. */
  release(session: SessionClaims, env: Env, ctx: ExecutionContext, nowMs: number): void {
    if (session.streamLimit === null) return;
    const sessionId = sessionName(session);
    // Segments that are still on their way must not take the place again at once.
    this.#restart(sessionId, nowMs);
    ctx.waitUntil(
      viewerStreams(env, session.viewerHash)
        .release(sessionId, nowMs)
        .catch((error: unknown) => logError("access.streamNotReleased", error)),
    );
  }

  #restart(sessionId: string, nowMs: number): void {
    this.#pending.delete(sessionId);
    this.#pending.set(sessionId, newPending(nowMs));
    if (this.#pending.size <= maxSessions) return;
    for (const oldest of this.#pending.keys()) {
      this.#pending.delete(oldest);
      break;
    }
  }
}

function newPending(sentAtMs: number): Pending {
  return { sentAtMs, mediaSeconds: 0, networks: new Set() };
}

/** Best effort: the place is free only after three that failed. What it ends, the revocations tell everyone. */
async function renew(
  viewerHash: Uint8Array,
  use: StreamUse,
  env: Env,
  ctx: ExecutionContext,
  nowMs: number,
): Promise<void> {
  try {
    const { outcome } = await viewerStreams(env, viewerHash).renew(use, nowMs);
    if (outcome !== "renewed" && outcome !== "ended") count(env, ctx, "stream_admissions_total", { outcome });
  } catch (error) {
    logError("access.streamNotRenewed", error);
  }
}
