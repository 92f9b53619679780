import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env as testEnv } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Env } from "#workers/env.ts";
import { anonymousClaims, sessionName, type SessionClaims } from "#workers/playback/session.ts";
import { admitStream } from "./stream-admission.ts";
import type { StreamChange, StreamUse } from "./stream-leases.ts";
import { StreamRenewals } from "./stream-renewals.ts";

const startMs = 1_800_000_000_000;

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

function session(viewer: Uint8Array, streamLimit: SessionClaims["streamLimit"]): SessionClaims {
  return { ...anonymousClaims(startMs, 60, 1), viewerHash: viewer, streamLimit };
}

const newViewer = () => crypto.getRandomValues(new Uint8Array(8));
const evictOldest = { maxStreams: 1, action: "evictOldest" } as const;
const refuseNewest = { maxStreams: 1, action: "refuseNewest" } as const;

interface Calls {
  readonly admits: string[];
  readonly renewals: (StreamUse & { readonly nowMs: number })[];
  readonly releases: string[];
  readonly names: string[];
}

/** Viewers' objects that note what they are asked, and answer as told. */
function noting(answer: () => Promise<StreamChange>): { readonly env: Env; readonly calls: Calls } {
  const calls: Calls = { admits: [], renewals: [], releases: [], names: [] };
  const VIEWER_SESSIONS = {
    getByName(name: string) {
      calls.names.push(name);
      return {
        admit(sessionId: string) {
          calls.admits.push(sessionId);
          return answer();
        },
        renew(use: StreamUse, nowMs: number) {
          calls.renewals.push({ ...use, nowMs });
          return answer();
        },
        async release(sessionId: string) {
          calls.releases.push(sessionId);
        },
      };
    },
  } as unknown as Env["VIEWER_SESSIONS"];
  return { env: { ...testEnv, VIEWER_SESSIONS }, calls };
}

const renewed = () => Promise.resolve<StreamChange>({ outcome: "renewed", ended: [] });
const unreachable = () => Promise.reject<StreamChange>(new Error("unreachable"));

async function admitted(claims: SessionClaims, env: Env, nowMs = startMs) {
  const ctx = createExecutionContext();
  const admission = await admitStream(claims, env, ctx, nowMs);
  await waitOnExecutionContext(ctx);
  return admission;
}

describe("a stream that begins", () => {
  it("is let in without a question where there is no limit", () => {
    const { env, calls } = noting(unreachable);
    expect(admitStream(session(newViewer(), null), env, createExecutionContext(), startMs)).toBe("admitted");
    expect(calls.names).toEqual([]);
  });

  it("is admitted or refused by its viewer's object, and no other viewer's", async () => {
    const [ann, bob] = [newViewer(), newViewer()];
    expect(await admitted(session(ann, refuseNewest), testEnv)).toBe("admitted");
    expect(await admitted(session(ann, refuseNewest), testEnv)).toBe("refused");
    expect(await admitted(session(bob, refuseNewest), testEnv)).toBe("admitted");
    expect(await admitted(session(ann, evictOldest), testEnv)).toBe("admitted");
  });

  it("is decided by the setting when the object can't be reached, or does not answer in 2 s", async () => {
    const never = () => new Promise<StreamChange>(() => undefined);
    for (const answer of [unreachable, never]) {
      const { env } = noting(answer);
      const claims = session(newViewer(), evictOldest);
      const [open, closed] = await Promise.all([
        admitted(claims, { ...env, REVOCATION_UNREACHABLE: "open" }),
        admitted(claims, { ...env, REVOCATION_UNREACHABLE: "closed" }),
      ]);
      expect([open, closed]).toEqual(["admitted", "unknown"]);
    }
  });
});

describe("a stream that goes on", () => {
  it("costs nothing where there is no limit", () => {
    const { env, calls } = noting(renewed);
    const ctx = createExecutionContext();
    const waiting = vi.spyOn(ctx, "waitUntil");
    const renewals = new StreamRenewals();
    renewals.note(session(newViewer(), null), { network: "n", mediaSeconds: 4 }, env, ctx, startMs);
    renewals.release(session(newViewer(), null), env, ctx, startMs);
    expect(waiting).not.toHaveBeenCalled();
    expect(calls.names).toEqual([]);
  });

  it("is told at once, and then at most every 30 s with all that was in between", async () => {
    const { env, calls } = noting(renewed);
    const renewals = new StreamRenewals();
    const claims = session(newViewer(), evictOldest);
    const other = session(newViewer(), evictOldest);
    const ctx = createExecutionContext();
    const note = (ms: number, network: string | null, of = claims) =>
      renewals.note(of, { network, mediaSeconds: 4 }, env, ctx, startMs + ms);
    note(0, "home");
    note(0, "home", other);
    for (let ms = 1_000; ms < 30_000; ms += 1_000) note(ms, ms < 15_000 ? "home" : "phone");
    expect(calls.renewals).toHaveLength(2);
    note(30_000, null);
    await waitOnExecutionContext(ctx);
    const limit = evictOldest;
    const sessionId = sessionName(claims);
    expect(calls.renewals.filter((use) => use.sessionId === sessionId)).toEqual([
      { sessionId, limit, networks: ["home"], mediaSeconds: 4, nowMs: startMs },
      { sessionId, limit, networks: ["home", "phone"], mediaSeconds: 120, nowMs: startMs + 30_000 },
    ]);
  });

  it("is not broken by an object that can't be reached", async () => {
    const { env, calls } = noting(unreachable);
    const renewals = new StreamRenewals();
    const claims = session(newViewer(), evictOldest);
    for (const ms of [0, 30_000]) {
      const ctx = createExecutionContext();
      renewals.note(claims, { network: "n", mediaSeconds: 4 }, env, ctx, startMs + ms);
      await waitOnExecutionContext(ctx);
    }
    expect(calls.renewals).toHaveLength(2);
  });

  it("is forgotten by an isolate that has seen thousands since", async () => {
    const { env, calls } = noting(renewed);
    const renewals = new StreamRenewals();
    const ctx = createExecutionContext();
    const first = session(newViewer(), evictOldest);
    const note = (claims: SessionClaims) =>
      renewals.note(claims, { network: "n", mediaSeconds: 4 }, env, ctx, startMs);
    note(first);
    note(first);
    expect(calls.renewals).toHaveLength(1);
    for (let i = 0; i < 5_000; i++) note(session(newViewer(), evictOldest));
    note(first);
    expect(calls.renewals).toHaveLength(5_002);
    await waitOnExecutionContext(ctx);
  });

  it("frees its place when the viewer leaves, and segments on their way do not take it again", async () => {
    const { env, calls } = noting(renewed);
    const renewals = new StreamRenewals();
    const ctx = createExecutionContext();
    const claims = session(newViewer(), evictOldest);
    renewals.release(claims, env, ctx, startMs);
    renewals.note(claims, { network: "n", mediaSeconds: 4 }, env, ctx, startMs + 1_000);
    await waitOnExecutionContext(ctx);
    expect([calls.releases, calls.renewals]).toEqual([[sessionName(claims)], []]);
  });

  it("keeps its place through the real object", async () => {
    const viewer = newViewer();
    const [first, second] = [session(viewer, refuseNewest), session(viewer, refuseNewest)];
    await admitted(first, testEnv);
    const ctx = createExecutionContext();
    new StreamRenewals().note(first, { network: "n", mediaSeconds: 4 }, testEnv, ctx, startMs + 60_000);
    await waitOnExecutionContext(ctx);
    expect(await admitted(second, testEnv, startMs + 149_000)).toBe("refused");
    expect(await admitted(second, testEnv, startMs + 150_000)).toBe("admitted");
  });
});
