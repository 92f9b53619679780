// The streams of one viewer: which sessions hold a place, who must make room, and which session is watched by more
// than its viewer. Pure: the state and what happened in, the next state and what to do out.
import type { StreamLimit } from "./policy.ts";

export interface StreamState {
  readonly leases: readonly Lease[];
  /** Ended in the last ten minutes: requests of theirs that are under way must not win their place back. */
  readonly ended: readonly EndedStream[];
}

export interface Lease {
  readonly sessionId: string;
  readonly startedAtMs: number;
  readonly seenAtMs: number;
  readonly networks: readonly { readonly network: string; readonly seenAtMs: number }[];
  /** Seconds of media that were fetched, by minute. */
  readonly fetched: readonly { readonly minute: number; readonly seconds: number }[];
}

export type EndReason = "evicted" | "limited" | "shared";

export interface EndedStream {
  readonly sessionId: string;
  readonly reason: EndReason;
  readonly endedAtMs: number;
}

export interface StreamUse {
  readonly sessionId: string;
  readonly limit: StreamLimit;
  /** Networks that the session was seen from since the last time. */
  readonly networks: readonly string[];
  /** Of media that was fetched since the last time. */
  readonly mediaSeconds: number;
}

export type Outcome = "admitted" | "refused" | "renewed" | "shared" | "ended";

export interface Step {
  readonly state: StreamState;
  readonly outcome: Outcome;
  /** Streams that are over now, and whose sessions must be refused from now on. */
  readonly ended: readonly EndedStream[];
}

/** What one change did, and the sessions that it ended. */
export interface StreamChange {
  readonly outcome: Outcome;
  readonly ended: readonly string[];
}

export const noStreams: StreamState = { leases: [], ended: [] };

/** A stream that was not heard of for this long has freed its place. */
export const leaseMs = 90_000;
const windowMinutes = 10;
const windowMs = windowMinutes * 60_000;
const maxNetworks = 3;
const maxRate = 5;
/** hls.js fetches up to ten minutes ahead while the bit rate is low; three more are for seeking about. */
const aheadSeconds = 780;
/** Each eviction is an entry that every location holds for a day: who evicts more often than that is refused. */
const maxEvictions = 120;

export function admit(state: StreamState, sessionId: string, limit: StreamLimit, nowMs: number): Step {
  const now = current(state, nowMs);
  if (now.ended.some((stream) => stream.sessionId === sessionId))
    return { state: now, outcome: "refused", ended: [] };
  if (now.leases.some((lease) => lease.sessionId === sessionId)) {
    const leases = now.leases.map((lease) => (lease.sessionId === sessionId ? seen(lease, nowMs) : lease));
    return { state: { ...now, leases }, outcome: "admitted", ended: [] };
  }
  return takePlace(now, newLease(sessionId, nowMs), limit, nowMs);
}

export function renew(state: StreamState, use: StreamUse, nowMs: number): Step {
  const { sessionId, limit } = use;
  const now = current(state, nowMs);
  if (now.ended.some((stream) => stream.sessionId === sessionId))
    return { state: now, outcome: "ended", ended: [] };
  const held = now.leases.find((lease) => lease.sessionId === sessionId);
  const lease = used(held ?? newLease(sessionId, nowMs), use, nowMs);
  if (isShared(lease, nowMs)) return end(now, sessionId, "shared", nowMs);
  if (held !== undefined) {
    const leases = now.leases.map((other) => (other === held ? lease : other));
    return { state: { ...now, leases }, outcome: "renewed", ended: [] };
  }
  const step = takePlace(now, lease, limit, nowMs);
  // It was let in once, and its requests are being answered: only an entry ends that.
  return step.outcome === "refused" ? end(now, sessionId, "limited", nowMs, "refused") : step;
}

/** The player says that it is over. */
export function release(state: StreamState, sessionId: string, nowMs: number): StreamState {
  const now = current(state, nowMs);
  return { ...now, leases: now.leases.filter((lease) => lease.sessionId !== sessionId) };
}

/** Without what time alone has ended. */
export function current({ leases, ended }: StreamState, nowMs: number): StreamState {
  return {
    leases: leases.filter(({ seenAtMs }) => nowMs - seenAtMs < leaseMs),
    ended: ended.filter(({ endedAtMs }) => nowMs - endedAtMs < windowMs),
  };
}

export function isEmpty({ leases, ended }: StreamState): boolean {
  return leases.length === 0 && ended.length === 0;
}

function takePlace(now: StreamState, lease: Lease, { maxStreams, action }: StreamLimit, nowMs: number): Step {
  const surplus = now.leases.length + 1 - maxStreams;
  const leases = [...now.leases, lease];
  if (surplus <= 0) return { state: { ...now, leases }, outcome: "admitted", ended: [] };
  const refused: Step = { state: now, outcome: "refused", ended: [] };
  switch (action) {
    case "refuseNewest":
      return refused;
    case "evictOldest": {
      if (now.ended.length + surplus > maxEvictions) return refused;
      // The new one is the last: of equals the one that came first is the oldest.
      const byAge = leases.toSorted((a, b) => a.startedAtMs - b.startedAtMs);
      const evicted = byAge.filter((other) => other !== lease).slice(0, surplus);
      const ended = evicted.map(({ sessionId }) => endedNow(sessionId, "evicted", nowMs));
      return {
        state: {
          leases: leases.filter((other) => !evicted.includes(other)),
          ended: [...now.ended, ...ended],
        },
        outcome: "admitted",
        ended,
      };
    }
  }
}

function end(
  now: StreamState,
  sessionId: string,
  reason: EndReason,
  nowMs: number,
  outcome: Outcome = "shared",
): Step {
  const ended = [endedNow(sessionId, reason, nowMs)];
  const leases = now.leases.filter((lease) => lease.sessionId !== sessionId);
  return { state: { leases, ended: [...now.ended, ...ended] }, outcome, ended };
}

function endedNow(sessionId: string, reason: EndReason, nowMs: number): EndedStream {
  return { sessionId, reason, endedAtMs: nowMs };
}

function newLease(sessionId: string, nowMs: number): Lease {
  return { sessionId, startedAtMs: nowMs, seenAtMs: nowMs, networks: [], fetched: [] };
}

/** Isolates' clocks differ a little: nothing goes back. */
function seen(lease: Lease, nowMs: number): Lease {
  return { ...lease, seenAtMs: Math.max(lease.seenAtMs, nowMs) };
}

function used(lease: Lease, { networks, mediaSeconds }: StreamUse, nowMs: number): Lease {
  const recent = lease.networks.filter(
    ({ network, seenAtMs }) => nowMs - seenAtMs < windowMs && !networks.includes(network),
  );
  const minute = Math.floor(nowMs / 60_000);
  const before = lease.fetched.filter((one) => one.minute > minute - windowMinutes);
  const thisMinute = before.find((one) => one.minute === minute)?.seconds ?? 0;
  return {
    ...seen(lease, nowMs),
    // One more than is allowed is enough to know.
    networks: [...networks.map((network) => ({ network, seenAtMs: nowMs })), ...recent].slice(
      0,
      maxNetworks + 1,
    ),
    fetched: [
      ...before.filter((one) => one.minute !== minute),
      { minute, seconds: thisMinute + Math.max(0, mediaSeconds) },
    ],
  };
}

function isShared({ startedAtMs, networks, fetched }: Lease, nowMs: number): boolean {
  if (networks.length > maxNetworks) return true;
  const windowStartMs = (Math.floor(nowMs / 60_000) - windowMinutes + 1) * 60_000;
  const elapsedSeconds = (nowMs - Math.max(startedAtMs, windowStartMs)) / 1_000;
  const fetchedSeconds = fetched.reduce((sum, { seconds }) => sum + seconds, 0);
  return fetchedSeconds > maxRate * elapsedSeconds + aheadSeconds;
}
