// Isolates that share the cache of one location, over the real object and the real cache, by a clock that is turned.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env as testEnv } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { forEverSeconds, type Revocation, type RevocationKind } from "#workers/access/revocation-log.ts";
import type { Snapshot } from "#workers/access/revocation-rows.ts";
import type { Revocations } from "#workers/access/revocations.ts";
import type { Env } from "#workers/env.ts";
import { putEdge, revocationHeadKey, revocationLogKey } from "./edge-cache.ts";
import {
  RevocationView,
  type LocationCache,
  type RevocationSubject,
  type RevocationVerdict,
} from "./revocation-view.ts";
import { anonymousClaims, type SessionClaims } from "./session.ts";

/** What a view asks of the object. */
interface Asks {
  snapshot(known: number | null): Promise<Snapshot>;
}

const startMs = 1_800_000_000_000;
const startSeconds = startMs / 1_000;

let objects = 0;
let object: DurableObjectStub<Revocations>;

beforeEach(async () => {
  object = env().REVOCATIONS.getByName(`seen by test ${objects++}`);
  await forgetLocation();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** All tests share one cache, and each object counts from zero. */
async function forgetLocation(): Promise<void> {
  await caches.default.delete(revocationHeadKey);
  for (let sequence = 0; sequence < 10; sequence++) await caches.default.delete(revocationLogKey(sequence));
}

function env(asks?: Asks, mode: "open" | "closed" = "open"): Env {
  if (asks === undefined) return { ...testEnv, REVOCATION_UNREACHABLE: mode };
  const REVOCATIONS = { getByName: () => asks } as unknown as Env["REVOCATIONS"];
  return { ...testEnv, REVOCATIONS, REVOCATION_UNREACHABLE: mode };
}

/** The object of this test, with a count of what it was asked. */
function counting(): Asks & { asked: number } {
  return {
    asked: 0,
    async snapshot(known) {
      this.asked += 1;
      return object.snapshot(known);
    },
  };
}

const unreachable: Asks = {
  snapshot: () => Promise.reject(new Error("unreachable")),
};

const hashOf = (byte: number) => new Uint8Array(8).fill(byte);
const playbackIdHash = hashOf(9);

function session(change: Partial<SessionClaims> = {}): SessionClaims {
  return {
    ...anonymousClaims(startMs, 60, 1),
    viewerHash: hashOf(1),
    tokenHash: hashOf(2),
    keyHash: 3,
    credentialAgeSeconds: 7,
    ...change,
  };
}

const of = (claims: SessionClaims): RevocationSubject => ({ session: claims, playbackIdHash, issuedAtMs: 0 });

function token(issuedAtMs: number, change: Partial<RevocationSubject> = {}): RevocationSubject {
  const hashes = { viewerHash: hashOf(1), tokenHash: hashOf(2), keyHash: 3 };
  return { session: null, ...hashes, playbackIdHash, issuedAtMs, ...change };
}

function entry(
  kind: RevocationKind,
  hash: Uint8Array,
  issuedBeforeSeconds = startSeconds + 1,
  reason: Revocation["reason"] = "revoked",
): Revocation {
  return { kind, hash, issuedBeforeSeconds, reason };
}

/** The verdict, with all that was left to `waitUntil` done; and whether it came without waiting. */
async function checked(
  view: RevocationView,
  subject: RevocationSubject,
  at: Env,
  nowMs: number,
  options: { readonly maxAgeMs?: number } = {},
): Promise<{ readonly verdict: RevocationVerdict; readonly waited: boolean }> {
  const ctx = createExecutionContext();
  const answer = view.check(subject, at, ctx, nowMs, options);
  const verdict = await answer;
  await waitOnExecutionContext(ctx);
  return { verdict, waited: answer instanceof Promise };
}

async function verdictOf(subject: RevocationSubject): Promise<RevocationVerdict> {
  await caches.default.delete(revocationHeadKey);
  return (await checked(new RevocationView(), subject, env(object), startMs)).verdict;
}

const clear = { kind: "clear" };
const revokedBy = (by: RevocationKind, reason = "revoked") => ({ kind: "revoked", by, reason });

describe("a session", () => {
  it("is refused by its id, viewer, token, playback id or signing key, and by none of another", async () => {
    const claims = session();
    const key = new Uint8Array([0, 0, 0, 3, 0, 0, 0, 0]);
    const otherKey = new Uint8Array([0, 0, 0, 4, 0, 0, 0, 0]);
    for (const [kind, mine, other] of [
      ["session", claims.id, hashOf(1)],
      ["viewer", hashOf(1), hashOf(2)],
      ["token", hashOf(2), hashOf(1)],
      ["playbackId", playbackIdHash, hashOf(1)],
      ["signingKey", key, otherKey],
      ["policy", playbackIdHash, hashOf(1)],
    ] as const) {
      object = testEnv.REVOCATIONS.getByName(`one ${kind}`);
      await object.revoke([entry(kind, other)]);
      expect([kind, await verdictOf(of(claims))]).toEqual([kind, clear]);
      await object.revoke([entry(kind, mine)]);
      expect([kind, await verdictOf(of(claims))]).toEqual([kind, revokedBy(kind)]);
      await forgetLocation();
    }
  });

  it("is refused with the reason that the entry gives", async () => {
    const claims = session();
    await object.revoke([entry("session", claims.id, forEverSeconds, "evicted")]);
    expect(await verdictOf(of(claims))).toEqual(revokedBy("session", "evicted"));
  });

  it("that was opened by a newer token plays on when all before that token is revoked", async () => {
    await object.revoke([entry("viewer", hashOf(1), startSeconds)]);
    expect(await verdictOf(of(session({ issuedAtMs: startMs, credentialAgeSeconds: 0 })))).toEqual(clear);
    expect(await verdictOf(of(session({ issuedAtMs: startMs + 1_000, credentialAgeSeconds: 1 })))).toEqual(
      clear,
    );
  });

  it("that an unheard location opened by an older token does not outlive the entry", async () => {
    await object.revoke([entry("viewer", hashOf(1), startSeconds)]);
    for (const lateSeconds of [0, 1, 4]) {
      const issuedAtMs = startMs + lateSeconds * 1_000;
      for (const credentialAgeSeconds of [lateSeconds + 1, 7]) {
        const claims = session({ issuedAtMs, credentialAgeSeconds });
        expect(await verdictOf(of(claims))).toEqual(revokedBy("viewer"));
      }
    }
  });

  it("of an anonymous viewer is held to when it was opened: who presents nothing may begin again", async () => {
    const anonymous = (issuedAtMs: number) => of(anonymousClaims(issuedAtMs, 60, 1));
    await object.revoke([entry("playbackId", playbackIdHash, startSeconds)]);
    expect(await verdictOf(anonymous(startMs - 1_000))).toEqual(revokedBy("playbackId"));
    expect(await verdictOf(anonymous(startMs))).toEqual(clear);
  });

  it("ends when the rules became narrower, though its token holds", async () => {
    await object.revoke([entry("policy", playbackIdHash, startSeconds, "changed")]);
    const before = { issuedAtMs: startMs - 1_000, credentialAgeSeconds: 0 };
    expect(await verdictOf(of(session(before)))).toEqual(revokedBy("policy", "changed"));
    expect(await verdictOf(of(session({ issuedAtMs: startMs })))).toEqual(clear);
    expect(await verdictOf(token(startMs - 100_000))).toEqual(clear);
  });
});

describe("a token", () => {
  it("is refused when it was issued before, and one without a time always", async () => {
    await object.revoke([entry("viewer", hashOf(1), startSeconds)]);
    expect(await verdictOf(token(startMs - 1))).toEqual(revokedBy("viewer"));
    expect(await verdictOf(token(0))).toEqual(revokedBy("viewer"));
    expect(await verdictOf(token(startMs))).toEqual(clear);
  });

  it("is refused by its viewer, id, signing key and playback id", async () => {
    const key = new Uint8Array([0, 0, 0, 3, 0, 0, 0, 0]);
    for (const [kind, hash] of [
      ["viewer", hashOf(1)],
      ["token", hashOf(2)],
      ["signingKey", key],
      ["playbackId", playbackIdHash],
    ] as const) {
      object = testEnv.REVOCATIONS.getByName(`token ${kind}`);
      await object.revoke([entry(kind, hash)]);
      expect(await verdictOf(token(startMs))).toEqual(revokedBy(kind));
      await forgetLocation();
    }
  });

  it("needs no viewer, id or key to be checked", async () => {
    await object.revoke([entry("viewer", hashOf(1)), entry("signingKey", hashOf(0).fill(1, 0, 1))]);
    const nobody: RevocationSubject = { session: null, playbackIdHash, issuedAtMs: startMs };
    expect(await verdictOf(nobody)).toEqual(clear);
  });
});

describe("what an isolate knows", () => {
  it("answers without waiting up to 4 s, and is fetched anew behind the answer from 2 s on", async () => {
    const asks = counting();
    const view = new RevocationView();
    const at = (ms: number) => checked(view, of(session()), env(asks), startMs + ms);
    expect(await at(0)).toEqual({ verdict: clear, waited: true });
    expect(await at(1_999)).toEqual({ verdict: clear, waited: false });
    expect(asks.asked).toBe(1);
    expect(await at(2_000)).toEqual({ verdict: clear, waited: false });
    expect(asks.asked).toBe(2);
    expect(await at(6_000)).toEqual({ verdict: clear, waited: false });
    expect(asks.asked).toBe(3);
    expect(await at(10_001)).toEqual({ verdict: clear, waited: true });
    expect(asks.asked).toBe(4);
  });

  it("is not older than a caller allows", async () => {
    const asks = counting();
    const view = new RevocationView();
    const claims = session();
    const at = (ms: number) => checked(view, of(claims), env(asks), startMs + ms, { maxAgeMs: 2_000 });
    await at(0);
    expect(await at(2_000)).toEqual({ verdict: clear, waited: false });
    await object.revoke([entry("session", claims.id)]);
    expect(await at(4_001)).toEqual({ verdict: revokedBy("session"), waited: true });
  });

  it("is shared by the isolates of a location: the object is asked once in two seconds", async () => {
    const asks = counting();
    const views = Array.from({ length: 8 }, () => new RevocationView());
    await object.revoke([entry("viewer", hashOf(1))]);
    for (const [index, view] of views.entries()) {
      const { verdict } = await checked(view, of(session()), env(asks), startMs + index * 100);
      expect(verdict).toEqual(revokedBy("viewer"));
    }
    expect(asks.asked).toBe(1);
    for (const view of views) await checked(view, of(session()), env(asks), startMs + 2_500);
    expect(asks.asked).toBe(2);
  });

  it("is as old as the object's answer, however often it was handed on", async () => {
    const [first, second] = [new RevocationView(), new RevocationView()];
    const claims = session();
    await checked(first, of(claims), env(object), startMs);
    // Handed on at 1.9 s, and four seconds after that it is 5.9 s old.
    await checked(second, of(claims), env(object), startMs + 1_900);
    await object.revoke([entry("session", claims.id)]);
    expect(await checked(second, of(claims), env(object), startMs + 4_001)).toEqual({
      verdict: revokedBy("session"),
      waited: true,
    });
  });

  it("is asked for once by all requests that wait", async () => {
    const asks = counting();
    const view = new RevocationView();
    const ctx = createExecutionContext();
    const answers = Array.from({ length: 50 }, async () =>
      view.check(of(session()), env(asks), ctx, startMs),
    );
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 50 }, () => clear));
    await waitOnExecutionContext(ctx);
    expect(asks.asked).toBe(1);
  });

  it("grows by what is new only", async () => {
    const view = new RevocationView();
    const kinds: string[] = [];
    const asks: Asks = {
      async snapshot(known) {
        const snapshot = await object.snapshot(known);
        kinds.push(snapshot.kind);
        return snapshot;
      },
    };
    const at = (ms: number) => checked(view, of(session()), env(asks), startMs + ms);
    await at(0);
    await at(5_000);
    await object.revoke([entry("viewer", hashOf(7))]);
    await at(10_000);
    await object.revoke([entry("viewer", hashOf(1))]);
    expect((await at(15_000)).verdict).toEqual(revokedBy("viewer"));
    expect(kinds).toEqual(["whole", "unchanged", "changes", "changes"]);
  });

  it("is not taken from a cache entry that is odd, ahead of the clock, or without its log", async () => {
    const claims = session();
    await object.revoke([entry("session", claims.id)]);
    const head = (asOfMs: number, sequence: number) => {
      const view = new DataView(new ArrayBuffer(16));
      view.setFloat64(0, asOfMs);
      view.setFloat64(8, sequence);
      return view;
    };
    const type = "application/octet-stream";
    const empty = new Uint8Array(25);
    empty[0] = 1;
    await putEdge(revocationLogKey(8), empty, type, 60);
    for (const odd of [head(startMs + 60_000, 8), head(startMs, 9), head(Number.NaN, 8), new Uint8Array(3)]) {
      await putEdge(revocationHeadKey, odd, type, 60);
      const { verdict } = await checked(new RevocationView(), of(claims), env(object), startMs);
      expect(verdict).toEqual(revokedBy("session"));
    }
    await putEdge(revocationHeadKey, head(startMs, 8), type, 60);
    await putEdge(revocationLogKey(8), new Uint8Array([1, 2, 3]), type, 60);
    const { verdict } = await checked(new RevocationView(), of(claims), env(object, "closed"), startMs);
    expect(verdict).toEqual({ kind: "unknown" });
  });
});

describe("when the object can't be reached", () => {
  it("what was known goes on for 4 s; then the setting decides", async () => {
    for (const [mode, after] of [
      ["open", clear],
      ["closed", { kind: "unknown" }],
    ] as const) {
      await forgetLocation();
      const view = new RevocationView();
      await checked(view, of(session()), env(object), startMs);
      const at = (ms: number) => checked(view, of(session()), env(unreachable, mode), startMs + ms);
      expect((await at(4_000)).verdict).toEqual(clear);
      expect((await at(5_001)).verdict).toEqual(after);
    }
  });

  it("what was revoked stays revoked, in either mode", async () => {
    const claims = session();
    await object.revoke([entry("session", claims.id)]);
    for (const mode of ["open", "closed"] as const) {
      await forgetLocation();
      const view = new RevocationView();
      await checked(view, of(claims), env(object), startMs);
      const later = await checked(view, of(claims), env(unreachable, mode), startMs + 60_000);
      expect(later.verdict).toEqual(revokedBy("session"));
    }
  });

  it("it is tried again at most once a second, and requests in between do not wait", async () => {
    let tries = 0;
    const failing: Asks = {
      snapshot: () => {
        tries += 1;
        return Promise.reject(new Error("unreachable"));
      },
    };
    const view = new RevocationView();
    const at = (ms: number) => checked(view, of(session()), env(failing), startMs + ms);
    expect((await at(0)).waited).toBe(true);
    for (const ms of [1, 500, 999]) expect(await at(ms)).toEqual({ verdict: clear, waited: false });
    expect(tries).toBe(1);
    expect((await at(1_000)).waited).toBe(true);
    expect(tries).toBe(2);
  });

  it("that it never answers holds a request up for 2 s, and the next ones much less", async () => {
    const silent: Asks = { snapshot: () => new Promise(() => undefined) };
    const view = new RevocationView();
    const took = async (nowMs: number) => {
      const from = Date.now();
      const ctx = createExecutionContext();
      const verdict = await view.check(of(session()), env(silent, "closed"), ctx, nowMs);
      expect(verdict).toEqual({ kind: "unknown" });
      return Date.now() - from;
    };
    const first = await took(startMs);
    expect(first).toBeGreaterThanOrEqual(1_900);
    expect(await took(startMs + 2_000)).toBeLessThan(first / 2);
  });

  it("the first request after it came back hears of everything", async () => {
    const view = new RevocationView();
    const claims = session();
    await checked(view, of(claims), env(unreachable), startMs);
    await object.revoke([entry("session", claims.id)]);
    const { verdict } = await checked(view, of(claims), env(object), startMs + 1_000);
    expect(verdict).toEqual(revokedBy("session"));
  });
});

describe("eight isolates of a location, in any interleaving", () => {
  type Step =
    | { readonly do: "wait"; readonly ms: number }
    | { readonly do: "revoke"; readonly subject: number }
    | { readonly do: "check"; readonly isolate: number }
    | { readonly do: "deliver"; readonly messages: number };

  const subjects = 4;
  const wait = (ms: number) => fc.record({ do: fc.constant("wait" as const), ms: fc.nat(ms) });
  const deliver = (messages: fc.Arbitrary<number>) =>
    fc.record({ do: fc.constant("deliver" as const), messages });
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: wait(900) },
    { weight: 1, arbitrary: wait(4_500) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("revoke" as const), subject: fc.nat(subjects - 1) }),
    },
    { weight: 8, arbitrary: fc.record({ do: fc.constant("check" as const), isolate: fc.nat(7) }) },
    { weight: 2, arbitrary: deliver(fc.nat(6)) },
    { weight: 4, arbitrary: deliver(fc.constant(100)) },
  );

  /** Calls wait in a random order before they are heard, and their answers before they come back. */
  function delayed<A extends unknown[], R>(scheduler: fc.Scheduler, call: (...args: A) => Promise<R>) {
    return async (...args: A): Promise<R> => {
      await scheduler.schedule(Promise.resolve());
      return scheduler.schedule(call(...args));
    };
  }

  /** The cache of the platform is one for all runs, and slow. */
  function ownLocation(): LocationCache {
    const entries = new Map<string, ArrayBuffer>();
    return {
      match: async (key) => {
        const bytes = entries.get(key);
        return bytes === undefined ? undefined : new Response(bytes);
      },
      put: async (key, bytes) => {
        entries.set(key, await new Response(bytes).arrayBuffer());
      },
    };
  }

  const unasked: RevocationVerdict = { kind: "unknown" };

  interface Seen {
    readonly atMs: number;
    readonly subject: number;
    readonly verdict: RevocationVerdict;
  }

  async function run(
    scheduler: fc.Scheduler,
    steps: readonly Step[],
    reachable: (nowMs: number) => boolean,
  ): Promise<{ readonly seen: readonly Seen[]; readonly revokedAtMs: ReadonlyMap<number, number> }> {
    const real: Asks & Pick<typeof object, "revoke"> = testEnv.REVOCATIONS.getByName(
      `interleaved ${objects++}`,
    );
    let nowMs = startMs;
    const snapshot = delayed(scheduler, (known: number | null): Promise<Snapshot> => real.snapshot(known));
    const asks: Asks = {
      snapshot: (known) => (reachable(nowMs) ? snapshot(known) : Promise.reject(new Error("unreachable"))),
    };
    const location = ownLocation();
    const cache: LocationCache = {
      match: delayed(scheduler, location.match),
      put: delayed(scheduler, location.put),
    };
    const isolates = Array.from({ length: 8 }, () => new RevocationView(cache));
    const viewers = Array.from({ length: subjects }, (_, index) =>
      of(session({ viewerHash: hashOf(20 + index) })),
    );
    const ctx = createExecutionContext();
    const revokedAtMs = new Map<number, number>();
    const pending: Promise<Seen>[] = [];
    for (const { ...one } of steps) {
      switch (one.do) {
        case "wait":
          nowMs += one.ms;
          break;
        case "revoke":
          await real.revoke([entry("viewer", hashOf(20 + one.subject), forEverSeconds)]);
          if (!revokedAtMs.has(one.subject)) revokedAtMs.set(one.subject, nowMs);
          break;
        case "check":
          for (const [number, subject] of viewers.entries()) {
            const answer = isolates[one.isolate]?.check(subject, env(asks, "closed"), ctx, nowMs) ?? unasked;
            const atMs = nowMs;
            pending.push(Promise.resolve(answer).then((verdict) => ({ atMs, subject: number, verdict })));
          }
          break;
        case "deliver":
          for (let i = 0; i < one.messages && scheduler.count() > 0; i++) await scheduler.waitOne();
          break;
      }
    }
    const seen = Promise.all(pending);
    await scheduler.waitFor(seen);
    await scheduler.waitFor(waitOnExecutionContext(ctx));
    return { seen: await seen, revokedAtMs };
  }

  it("no check that begins more than 4 s after a revocation is clear of it", async () => {
    let [late, revoked] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(step, { minLength: 40, maxLength: 120, size: "max" }),
        async (scheduler, steps) => {
          const { seen, revokedAtMs } = await run(scheduler, steps, () => true);
          for (const { atMs, subject, verdict } of seen) {
            const sinceMs = atMs - (revokedAtMs.get(subject) ?? Number.POSITIVE_INFINITY);
            if (sinceMs > 4_000) {
              late += 1;
              if (verdict.kind === "revoked") revoked += 1;
              expect(verdict.kind).not.toBe("clear");
            }
            if (!revokedAtMs.has(subject)) expect(verdict.kind).not.toBe("revoked");
          }
        },
      ),
      { numRuns: 100 },
    );
    // Else the property would hold of nothing; "unknown" is for answers that took longer than they may.
    expect(late).toBeGreaterThan(300);
    expect(revoked).toBeGreaterThan(late / 2);
  });

  it("nor when the object is away for a while and the setting is closed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(step, { minLength: 40, maxLength: 120, size: "max" }),
        fc.nat(20_000),
        fc.nat(20_000),
        async (scheduler, steps, fromMs, forMs) => {
          const away = (nowMs: number) => nowMs - startMs >= fromMs && nowMs - startMs < fromMs + forMs;
          const { seen, revokedAtMs } = await run(scheduler, steps, (nowMs) => !away(nowMs));
          for (const { atMs, subject, verdict } of seen) {
            const revokedMs = revokedAtMs.get(subject);
            if (revokedMs !== undefined && atMs - revokedMs > 4_000) expect(verdict.kind).not.toBe("clear");
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it("and with answers that come at once, every check later than 5 s after is revoked", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(7), fc.nat(1_200)), { minLength: 10, maxLength: 40 }),
        async (checks) => {
          const location = ownLocation();
          const isolates = Array.from({ length: 8 }, () => new RevocationView(location));
          const real = testEnv.REVOCATIONS.getByName(`at once ${objects++}`);
          const claims = session();
          let nowMs = startMs;
          let revokedMs = Number.POSITIVE_INFINITY;
          for (const [index, [isolate, ms]] of checks.entries()) {
            nowMs += ms;
            if (index === 5) {
              await real.revoke([entry("session", claims.id)]);
              revokedMs = nowMs;
            }
            const view = isolates[isolate];
            if (view === undefined) continue;
            const { verdict } = await checked(view, of(claims), env(real, "closed"), nowMs);
            if (nowMs - revokedMs > 5_000) expect(verdict).toEqual(revokedBy("session"));
            if (nowMs < revokedMs) expect(verdict).toEqual(clear);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
