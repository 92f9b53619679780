// What players told this isolate and what it sent them, added up in memory for each session and handed to the records of
// sessions every SESSION_RECORDS_FLUSH_SECONDS, in the waitUntil of some request. A flush keeps its number until it is
// confirmed, so that one whose answer was lost adds nothing twice; what a dying isolate had in hand is lost.
import type { Delivered, FlushedSession, SessionFlush } from "#workers/analytics/session-records.ts";
import {
  joinReports,
  reportOf,
  type ReportMode,
  type SessionIdentity,
} from "#workers/analytics/session-report.ts";
import { sessionShard, shardCount, shardOf } from "#workers/analytics/session-shards.ts";
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { randomToken } from "#workers/ids.ts";
import { count } from "#workers/metrics/count.ts";
import type { Cmcd } from "./cmcd-keys.ts";
import { sessionName, type SessionClaims } from "./session.ts";
import { viewerNameOf } from "./viewer-history.ts";

export const maxSessions = 2_000;
/** So that a session's first record has a little more than its first request. */
const gatherMs = 5_000;
/** waitUntil ends 30 s after the answer, and the flush itself takes a moment of that. */
const maxDelayMs = 25_000;
/** A flush that was not answered by then is sent again: its request was cut off. */
const answeredWithinMs = 20_000;

/** What of a playback call the log needs. */
export interface SentCall {
  readonly env: Env;
  readonly ctx: Pick<ExecutionContext, "waitUntil">;
  readonly nowMs: number;
  readonly record: { readonly playbackId: string; readonly videoId: string };
}

export interface ToldCall extends SentCall {
  readonly session: SessionClaims;
}

type Noted = Pick<FlushedSession, "report" | "delivered">;

interface Sending {
  readonly flush: SessionFlush;
  sentAtMs: number;
}

interface Shard {
  /** Least recently heard of first. */
  readonly sessions: Map<string, FlushedSession>;
  sequence: number;
  /** Values only: a promise of one request must not be awaited by another. */
  sending: Sending | null;
}

export class SessionLog {
  readonly #shards: readonly Shard[] = Array.from({ length: shardCount }, () => ({
    sessions: new Map(),
    sequence: 0,
    sending: null,
  }));
  /** Made with the first session: an isolate has no random numbers before its first request. */
  #isolateId = "";
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  #scheduledUntilMs = Number.NEGATIVE_INFINITY;

  note(call: ToldCall, told: Cmcd, mode: ReportMode): void {
    const report = reportOf(told, mode, call.nowMs);
    this.#add(call, (before) => ({
      report: before.report === null ? report : joinReports(before.report, report),
      delivered: before.delivered,
    }));
  }

  /** Went out, or is about to: what a player breaks off is counted whole. */
  noteDelivered(call: ToldCall, { bytes, mediaMs }: Delivered): void {
    this.#add(call, ({ report, delivered }) => ({
      report,
      delivered: {
        bytes: (delivered?.bytes ?? 0) + bytes,
        mediaMs: (delivered?.mediaMs ?? 0) + mediaMs,
      },
    }));
  }

  /** Of a file of the video, which belongs to no session and is no view. */
  noteFile(call: SentCall, bytes: number): void {
    const { playbackId, videoId } = call.record;
    const of = {
      ...{ sessionId: `file ${videoId}`, playbackId, videoId },
      ...{ viewerHash: null, issuedAtMs: call.nowMs },
    };
    this.#put(call, videoId.charCodeAt(videoId.length - 1), of, ({ delivered }) => ({
      report: null,
      delivered: { bytes: (delivered?.bytes ?? 0) + bytes, mediaMs: 0 },
    }));
  }

  #add(call: ToldCall, change: (before: Noted) => Noted): void {
    const { session, record } = call;
    const identity = {
      sessionId: sessionName(session),
      playbackId: record.playbackId,
      videoId: record.videoId,
      viewerHash: viewerNameOf(session.viewerHash),
      issuedAtMs: session.issuedAtMs,
    };
    this.#put(call, session.id[0] ?? 0, identity, change);
  }

  #put(call: SentCall, start: number, identity: SessionIdentity, change: (before: Noted) => Noted): void {
    const { sessions } = this.#shardOf(start);
    const { sessionId } = identity;
    const before = sessions.get(sessionId);
    sessions.delete(sessionId);
    if (before !== undefined) {
      sessions.set(sessionId, { ...before, ...change(before) });
    } else {
      if (sessions.size >= maxSessions / shardCount) dropOldest(sessions, call);
      sessions.set(sessionId, { ...identity, ...change({ report: null, delivered: null }) });
    }
    this.#schedule(call);
  }

  /** Sends what is in hand. Never throws: what did not arrive for sure goes again. */
  async flush(env: Env, nowMs: number): Promise<void> {
    this.#flushedAtMs = nowMs;
    await Promise.all(this.#shards.map((shard, index) => this.#flushShard(env, shard, index, nowMs)));
  }

  #shardOf(start: number): Shard {
    const shard = this.#shards[shardOf(start)];
    if (shard === undefined) throw new Error("a session id has a shard");
    return shard;
  }

  #schedule({ env, ctx, nowMs }: SentCall): void {
    if (nowMs < this.#scheduledUntilMs) return;
    const everyMs = flushEveryMs(env);
    if (everyMs === 0) return;
    const delayMs = Math.max(Math.min(gatherMs, everyMs), this.#flushedAtMs + everyMs - nowMs);
    // Too far ahead for this request to wait: a later one will.
    if (delayMs > maxDelayMs) return;
    // A time, not a flag: the request that carries the timer can be cut off, and a later one takes over.
    this.#scheduledUntilMs = nowMs + delayMs + 5_000;
    ctx.waitUntil(this.#flushAfter(env, delayMs, nowMs));
  }

  async #flushAfter(env: Env, delayMs: number, nowMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    this.#scheduledUntilMs = Number.NEGATIVE_INFINITY;
    await this.flush(env, nowMs + delayMs);
  }

  async #flushShard(env: Env, shard: Shard, index: number, nowMs: number): Promise<void> {
    // A newer number first would make the older one look like a repeat.
    if (shard.sending !== null && !(await this.#send(env, shard, index, nowMs))) return;
    if (shard.sessions.size === 0) return;
    if (this.#isolateId === "") this.#isolateId = randomToken(9);
    const flush = {
      isolateId: this.#isolateId,
      sequence: ++shard.sequence,
      sessions: [...shard.sessions.values()],
    };
    shard.sessions.clear();
    shard.sending = { flush, sentAtMs: Number.NEGATIVE_INFINITY };
    await this.#send(env, shard, index, nowMs);
  }

  async #send(env: Env, shard: Shard, index: number, nowMs: number): Promise<boolean> {
    const { sending } = shard;
    if (sending === null) return true;
    if (nowMs - sending.sentAtMs < answeredWithinMs) return false;
    sending.sentAtMs = nowMs;
    try {
      await sessionShard(env, index).add(sending.flush);
      if (shard.sending === sending) shard.sending = null;
      return true;
    } catch (error) {
      sending.sentAtMs = Number.NEGATIVE_INFINITY;
      logError("sessions.flushFailed", error, { shard: index });
      return false;
    }
  }
}

function dropOldest(sessions: Map<string, FlushedSession>, { env, ctx }: SentCall): void {
  for (const oldest of sessions.keys()) {
    sessions.delete(oldest);
    count(env, ctx, "session_reports_dropped_total");
    return;
  }
}

function flushEveryMs(env: Env): number {
  const seconds = Number(env.SESSION_RECORDS_FLUSH_SECONDS);
  return seconds >= 0 ? seconds * 1_000 : 30_000;
}
