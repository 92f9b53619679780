// What a viewer's last sessions told of the network, so that the next manifest begins better. Kept in the cache of the
// location for a week, under the hash of the viewer's id; anonymous viewers have none. A hint: it may be lost at any
// time, and a viewer who lies about it spoils nothing but the own start.
import { hexOf } from "#workers/hex.ts";
import { logError } from "#workers/http/log.ts";
import type { Cmcd } from "./cmcd-keys.ts";
import { ByteLru } from "./byte-lru.ts";
import { historyKey, matchEdge, putEdge } from "./edge-cache.ts";
import { sessionName, type SessionClaims } from "./session.ts";

export interface ViewerHistory {
  /** As the newest of the sessions measured it. */
  readonly throughputBps: number;
  /** How often the buffer ran dry, over the last sessions. */
  readonly starvations: number;
  /** When the newest of them was heard of. */
  readonly atMs: number;
}

/** One session of the viewer, as the cache keeps it. */
interface PastSession {
  readonly session: string;
  readonly throughputBps: number;
  readonly starvations: number;
  readonly atMs: number;
}

/** A session that is being heard of. */
interface LiveSession {
  /** Estimates of requests for media so far. */
  readonly samples: number;
  readonly throughputBps: number;
  /** Since the last writing. */
  readonly starvations: number;
  readonly writtenAtMs: number;
}

const keptSessions = 3;
const maxAgeSeconds = 7 * 24 * 3600;
const writeEveryMs = 30_000;
/** How old the isolate's copy may be: the viewer's sessions may be heard by others. */
const freshMs = 60_000;
/** The first estimates are the player's default, not a measurement. */
const guesses = 2;
const newestShare = 0.25;
/** Nobody's player measures more. */
const maxThroughputBps = 10_000_000_000;
const memoryBytes = 1024 * 1024;
const liveBytes = 200;

export class ViewerHistories {
  readonly #read = new ByteLru<{ readonly past: readonly PastSession[]; readonly readAtMs: number }>(
    memoryBytes,
  );
  readonly #live = new ByteLru<LiveSession>(memoryBytes);

  /** A promise only when memory can't answer; null for who has no history. */
  read(viewerHash: Uint8Array, nowMs: number): ViewerHistory | null | Promise<ViewerHistory | null> {
    const viewer = viewerNameOf(viewerHash);
    if (viewer === null) return null;
    const remembered = this.#read.get(viewer);
    if (remembered !== undefined && nowMs - remembered.readAtMs < freshMs) return sum(remembered.past);
    return this.#load(viewer, nowMs).then(sum);
  }

  /** Adds up in memory; writes at most every 30 s a session. */
  note(claims: SessionClaims, told: Cmcd, ctx: Pick<ExecutionContext, "waitUntil">, nowMs: number): void {
    const viewer = viewerNameOf(claims.viewerHash);
    if (viewer === null) return;
    const session = sessionName(claims);
    const before = this.#live.get(session) ?? notHeardOf;
    const live = hear(before, told);
    const due = live.samples > guesses && nowMs - live.writtenAtMs >= writeEveryMs;
    if (live === before && !due) return;
    this.#live.set(session, due ? { ...live, starvations: 0, writtenAtMs: nowMs } : live, liveBytes);
    if (!due) return;
    const { throughputBps, starvations } = live;
    ctx.waitUntil(this.#write(viewer, { session, throughputBps, starvations, atMs: nowMs }));
  }

  async #load(viewer: string, nowMs: number): Promise<readonly PastSession[]> {
    const hit = await matchEdge(historyKey(viewer));
    // Own entry under a name no client can reach: the text is what #write put there.
    const past = hit === undefined ? [] : await hit.json<readonly PastSession[]>();
    this.#remember(viewer, past, nowMs);
    return past;
  }

  async #write(viewer: string, now: PastSession): Promise<void> {
    try {
      // Not the copy in memory: other isolates write too.
      const past = await this.#load(viewer, now.atMs);
      const same = past.find(({ session }) => session === now.session);
      const others = past.filter(({ session }) => session !== now.session);
      const grown = { ...now, starvations: now.starvations + (same?.starvations ?? 0) };
      const kept = [grown, ...others].slice(0, keptSessions);
      this.#remember(viewer, kept, now.atMs);
      const bytes = new TextEncoder().encode(JSON.stringify(kept));
      await putEdge(historyKey(viewer), bytes, "application/json", maxAgeSeconds);
    } catch (error) {
      logError("playback.historyNotWritten", error);
    }
  }

  #remember(viewer: string, past: readonly PastSession[], readAtMs: number): void {
    this.#read.set(viewer, { past, readAtMs }, 100 + 150 * past.length);
  }
}

const notHeardOf: LiveSession = {
  samples: 0,
  throughputBps: 0,
  starvations: 0,
  writtenAtMs: Number.NEGATIVE_INFINITY,
};

/** Estimates that come with manifests and init segments say nothing new; events have no object type. */
function hear(live: LiveSession, told: Cmcd): LiveSession {
  const media = told.ot === undefined || told.ot === "v" || told.ot === "a" || told.ot === "av";
  const estimateKbps = media ? told.mtp?.[0]?.value : undefined;
  const starved = told.bs === true ? 1 : 0;
  if (estimateKbps === undefined && starved === 0) return live;
  const { samples, throughputBps } = live;
  return {
    samples: estimateKbps === undefined ? samples : samples + 1,
    throughputBps:
      estimateKbps === undefined
        ? throughputBps
        : samples <= guesses
          ? estimateKbps * 1000
          : throughputBps + newestShare * (estimateKbps * 1000 - throughputBps),
    starvations: live.starvations + starved,
    writtenAtMs: live.writtenAtMs,
  };
}

function sum(past: readonly PastSession[]): ViewerHistory | null {
  const [newest] = past;
  if (newest === undefined) return null;
  return {
    throughputBps: Math.min(Math.round(newest.throughputBps), maxThroughputBps),
    starvations: past.reduce((count, { starvations }) => count + starvations, 0),
    atMs: newest.atMs,
  };
}

/** Hexadecimal; null for an anonymous viewer, whose hash is zero. */
export function viewerNameOf(viewerHash: Uint8Array): string | null {
  return viewerHash.every((byte) => byte === 0) ? null : hexOf(viewerHash);
}
