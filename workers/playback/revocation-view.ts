// What an isolate knows of the revocations: in memory, behind it the cache of the location, behind that the object.
// A request is decided by what was true at most four seconds ago, and mostly without waiting. The age of what is
// known counts from before the object was asked, wherever it is kept since.
import {
  noRevocations,
  RevocationLog,
  type RevocationKind,
  type RevocationReason,
} from "#workers/access/revocation-log.ts";
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { count } from "#workers/metrics/count.ts";
import { within } from "#workers/within.ts";
import { matchEdge, putEdge, revocationHeadKey, revocationLogKey } from "./edge-cache.ts";
import { oldCredentialSeconds, type SessionClaims } from "./session.ts";

export interface RevocationSubject {
  /** What holds of its token, viewer and key is in it. */
  readonly session: SessionClaims | null;
  /** These three of a token that is presented itself. */
  readonly tokenHash?: Uint8Array;
  readonly viewerHash?: Uint8Array;
  readonly keyHash?: number;
  readonly playbackIdHash: Uint8Array;
  /** Without a session: the token's `iat`, 0 when it has none; now, when nothing was presented. */
  readonly issuedAtMs: number;
}

export type RevocationVerdict =
  | { readonly kind: "clear" }
  | { readonly kind: "revoked"; readonly by: RevocationKind; readonly reason: RevocationReason }
  /** The object can't be reached, and the setting says to refuse then. */
  | { readonly kind: "unknown" };

/** The two things that are kept at a location; a test delays them. */
export interface LocationCache {
  readonly match: (key: string) => Promise<Response | undefined>;
  readonly put: (
    key: string,
    bytes: BufferSource,
    contentType: string,
    maxAgeSeconds: number,
  ) => Promise<void>;
}

interface Known {
  readonly log: RevocationLog;
  readonly sequence: number;
  readonly asOfMs: number;
}

interface Flight {
  readonly startedAtMs: number;
  readonly landed: Promise<void>;
}

/** Younger answers as it is; older answers too, up to `maxAgeMs`, while a newer one is fetched. */
const freshMs = 2_000;
/** The bound: what was revoked longer ago is known to every decision. */
export const maxRevocationAgeMs = 4_000;
const retryAfterMs = 1_000;
const answerWithinMs = 2_000;
/** How long a request waits when the refresh before failed. */
const patienceMs = 300;
/** A session that was minted by a location that had not heard yet is at most this much younger than the entry. */
const unheardSeconds = 5;
const logMaxAgeSeconds = 600;

const clear: RevocationVerdict = { kind: "clear" };
const unknown: RevocationVerdict = { kind: "unknown" };
const headBytes = 16;

export class RevocationView {
  readonly #cache: LocationCache;
  #known: Known = { log: noRevocations, sequence: -1, asOfMs: Number.NEGATIVE_INFINITY };
  #flight: Flight | null = null;
  #failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(cache: LocationCache = { match: matchEdge, put: putEdge }) {
    this.#cache = cache;
  }

  /** A promise only when what is known is older than `maxAgeMs`. */
  check(
    subject: RevocationSubject,
    env: Env,
    ctx: ExecutionContext,
    nowMs: number,
    { maxAgeMs = maxRevocationAgeMs }: { readonly maxAgeMs?: number } = {},
  ): RevocationVerdict | Promise<RevocationVerdict> {
    const ageMs = nowMs - this.#known.asOfMs;
    if (ageMs <= maxAgeMs) {
      if (ageMs >= freshMs) this.#refresh(env, ctx, nowMs);
      return decide(this.#known.log, subject);
    }
    const flight = this.#refresh(env, ctx, nowMs);
    return flight === null
      ? this.#decideUnheard(subject, env, ctx)
      : this.#waitFor(flight, subject, env, ctx, nowMs, maxAgeMs);
  }

  /**
   * When the terms of a playback id last became narrower, as of four seconds ago at most; 0 for never. Where nothing can
   * be heard it is as of the last time that something was: whether that will do, `check` says.
   */
  async termsChangedAtMs(
    playbackIdHash: Uint8Array,
    env: Env,
    ctx: ExecutionContext,
    nowMs: number,
  ): Promise<number> {
    if (nowMs - this.#known.asOfMs > maxRevocationAgeMs) {
      const flight = this.#refresh(env, ctx, nowMs);
      const patience = this.#failedAtMs > this.#known.asOfMs ? patienceMs : answerWithinMs;
      if (flight !== null) await within(patience, flight.landed).catch(() => undefined);
    }
    const { log } = this.#known;
    const at = log.size === 0 ? -1 : log.find("policy", playbackIdHash);
    return at < 0 ? 0 : log.issuedBeforeSeconds(at) * 1_000;
  }

  async #waitFor(
    first: Flight,
    subject: RevocationSubject,
    env: Env,
    ctx: ExecutionContext,
    nowMs: number,
    maxAgeMs: number,
  ): Promise<RevocationVerdict> {
    const failing = this.#failedAtMs > this.#known.asOfMs;
    // One that was under way may bring what is too old for this request: then once more.
    let flight: Flight | null = first;
    for (let tries = 0; tries < 2 && flight !== null; tries++) {
      // Another request may have begun it, and if that was cut off nobody would ever answer.
      await within(failing ? patienceMs : answerWithinMs, flight.landed).catch(() => undefined);
      if (nowMs - this.#known.asOfMs <= maxAgeMs) return decide(this.#known.log, subject);
      const next = this.#refresh(env, ctx, nowMs);
      flight = next === flight ? null : next;
    }
    return this.#decideUnheard(subject, env, ctx);
  }

  /** What was revoked when we last heard is revoked still; of the rest the setting decides. */
  #decideUnheard(subject: RevocationSubject, env: Env, ctx: ExecutionContext): RevocationVerdict {
    const mode = env.REVOCATION_UNREACHABLE === "open" ? "open" : "closed";
    count(env, ctx, "revocation_stale_decisions_total", { mode });
    const verdict = decide(this.#known.log, subject);
    return verdict.kind === "clear" && mode === "closed" ? unknown : verdict;
  }

  /** The one under way, or a new one; null for a second after one that failed. */
  #refresh(env: Env, ctx: ExecutionContext, nowMs: number): Flight | null {
    if (this.#flight !== null && nowMs - this.#flight.startedAtMs < answerWithinMs) return this.#flight;
    if (nowMs - this.#failedAtMs < retryAfterMs) return null;
    const flight = { startedAtMs: nowMs, landed: this.#load(env, ctx, nowMs) };
    this.#flight = flight;
    const landed = flight.landed.finally(() => {
      if (this.#flight === flight) this.#flight = null;
    });
    ctx.waitUntil(landed);
    return flight;
  }

  /** Never rejects. */
  async #load(env: Env, ctx: ExecutionContext, nowMs: number): Promise<void> {
    try {
      const [known, outcome] = await within(answerWithinMs, this.#ask(env, ctx, nowMs));
      if (known.asOfMs > this.#known.asOfMs) this.#known = known;
      count(env, ctx, "revocation_refreshes_total", { outcome });
    } catch (error) {
      this.#failedAtMs = nowMs;
      count(env, ctx, "revocation_refreshes_total", { outcome: "failed" });
      logError("playback.revocationsUnreachable", error);
    }
  }

  async #ask(
    env: Env,
    ctx: ExecutionContext,
    nowMs: number,
  ): Promise<readonly [Known, outcome: "cache" | "object"]> {
    const head = await this.#readHead();
    // A clock that is ahead must not make an entry young for long.
    if (head !== null && Math.abs(nowMs - head.asOfMs) < freshMs) {
      const log = await this.#sharedLog(head.sequence);
      if (log !== null) return [{ ...head, log, asOfMs: Math.min(head.asOfMs, nowMs) }, "cache"];
    }
    const { log: mine, sequence: has } = this.#known;
    const snapshot = await env.REVOCATIONS.getByName("all").snapshot(has < 0 ? null : has);
    const { sequence } = snapshot;
    const log =
      snapshot.kind === "unchanged"
        ? mine
        : snapshot.kind === "changes"
          ? mine.with(readLog(snapshot.bytes))
          : readLog(snapshot.bytes);
    const known = { log, sequence, asOfMs: nowMs };
    ctx.waitUntil(this.#share(known, head?.sequence !== sequence));
    return [known, "object"];
  }

  /** The log of the sequence that another isolate has heard of. */
  async #sharedLog(sequence: number): Promise<RevocationLog | null> {
    if (sequence === this.#known.sequence) return this.#known.log;
    const hit = await this.#cache.match(revocationLogKey(sequence));
    return hit === undefined ? null : readLog(new Uint8Array(await hit.arrayBuffer()));
  }

  async #readHead(): Promise<Omit<Known, "log"> | null> {
    const hit = await this.#cache.match(revocationHeadKey);
    if (hit === undefined) return null;
    const bytes = await hit.arrayBuffer();
    if (bytes.byteLength !== headBytes) return null;
    const view = new DataView(bytes);
    return { asOfMs: view.getFloat64(0), sequence: view.getFloat64(8) };
  }

  /** The log first: a head must not name what is not there. */
  async #share({ log, sequence, asOfMs }: Known, withLog: boolean): Promise<void> {
    const type = "application/octet-stream";
    if (withLog) await this.#cache.put(revocationLogKey(sequence), log.bytes, type, logMaxAgeSeconds);
    const head = new DataView(new ArrayBuffer(headBytes));
    head.setFloat64(0, asOfMs);
    head.setFloat64(8, sequence);
    await this.#cache.put(revocationHeadKey, head, type, freshMs / 1_000);
  }
}

function decide(log: RevocationLog, subject: RevocationSubject): RevocationVerdict {
  if (log.size === 0) return clear;
  const { session, playbackIdHash } = subject;
  if (session === null) {
    const { tokenHash, viewerHash, keyHash, issuedAtMs } = subject;
    const issued = Math.floor(issuedAtMs / 1_000);
    return (
      (viewerHash && against(log, "viewer", viewerHash, issued, issued)) ??
      (tokenHash && against(log, "token", tokenHash, issued, issued)) ??
      againstEntry(log, "signingKey", log.findSigningKey(keyHash ?? 0), issued, issued) ??
      against(log, "playbackId", playbackIdHash, issued, issued) ??
      clear
    );
  }
  const minted = Math.floor(session.issuedAtMs / 1_000);
  const credential = credentialSeconds(session, minted);
  return (
    against(log, "session", session.id, minted, minted) ??
    against(log, "viewer", session.viewerHash, credential, minted) ??
    against(log, "token", session.tokenHash, credential, minted) ??
    againstEntry(log, "signingKey", log.findSigningKey(session.keyHash), credential, minted) ??
    against(log, "playbackId", playbackIdHash, credential, minted) ??
    against(log, "policy", playbackIdHash, minted, minted) ??
    clear
  );
}

function against(
  log: RevocationLog,
  kind: RevocationKind,
  hash: Uint8Array,
  credential: number,
  minted: number,
): RevocationVerdict | undefined {
  return againstEntry(log, kind, log.find(kind, hash), credential, minted);
}

/**
 * Both must be earlier than the entry. Of the minting, what a location did before it heard is counted as earlier: else
 * a viewer who comes back at once with the old token would have a session that the entry does not mean.
 */
function againstEntry(
  log: RevocationLog,
  kind: RevocationKind,
  at: number,
  credential: number,
  minted: number,
): RevocationVerdict | undefined {
  if (at < 0) return undefined;
  const before = log.issuedBeforeSeconds(at);
  if (credential >= before || minted >= before + unheardSeconds) return undefined;
  return { kind: "revoked", by: kind, reason: log.reason(at) };
}

/** When the token was issued that a session was minted by; a viewer who presented none may begin at any time. */
function credentialSeconds(session: SessionClaims, minted: number): number {
  const { credentialAgeSeconds: age, keyHash } = session;
  if (keyHash === 0) return minted;
  return age >= oldCredentialSeconds ? 0 : minted - age;
}

function readLog(bytes: Uint8Array): RevocationLog {
  const read = RevocationLog.read(bytes);
  if (!read.ok) throw new Error("a snapshot of the revocations is malformed");
  return read.value;
}
