import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { decodeBase64url, encodeBase64url } from "#workers/base64url.ts";
import { restart } from "#workers/testing/restart.ts";
import type { StreamLimit } from "./policy.ts";
import { RevocationLog, type RevocationReason } from "./revocation-log.ts";
import type { StreamUse } from "./stream-leases.ts";
import { StreamRegister } from "./stream-register.ts";
import type { ViewerSessions } from "./viewer-sessions.ts";

const startMs = 1_800_000_000_000;
const evictOldest = (maxStreams: number): StreamLimit => ({ maxStreams, action: "evictOldest" });
const refuseNewest = (maxStreams: number): StreamLimit => ({ maxStreams, action: "refuseNewest" });

let viewers = 0;
let viewer: DurableObjectStub<ViewerSessions>;
const open = () => env.VIEWER_SESSIONS.getByName(`viewer ${viewers}`);
beforeEach(() => {
  viewers += 1;
  viewer = open();
});

/** Never the same twice: all tests write to one log of revocations. */
const newSession = () => encodeBase64url(crypto.getRandomValues(new Uint8Array(8)));

/** Why a session is refused, as whoever asks the object now is told. */
async function revokedAs(sessionId: string): Promise<RevocationReason | null> {
  const snapshot = await env.REVOCATIONS.getByName("all").snapshot(null);
  const read = snapshot.kind === "unchanged" ? null : RevocationLog.read(snapshot.bytes);
  if (!read?.ok) throw new Error("no log");
  const at = read.value.find("session", decodeBase64url(sessionId) ?? new Uint8Array(8));
  return at < 0 ? null : read.value.reason(at);
}

function use(sessionId: string, limit: StreamLimit, change: Partial<StreamUse> = {}): StreamUse {
  return { sessionId, limit, networks: ["home"], mediaSeconds: 4, ...change };
}

describe("a viewer", () => {
  it("who starts a third stream of two loses the oldest, which is refused before the third plays", async () => {
    const [a, b, c] = [newSession(), newSession(), newSession()];
    expect(await viewer.admit(a, evictOldest(2), startMs)).toEqual({ outcome: "admitted", ended: [] });
    expect(await viewer.admit(b, evictOldest(2), startMs + 1)).toEqual({ outcome: "admitted", ended: [] });
    expect(await viewer.admit(c, evictOldest(2), startMs + 2)).toEqual({ outcome: "admitted", ended: [a] });
    expect([await revokedAs(a), await revokedAs(b), await revokedAs(c)]).toEqual(["evicted", null, null]);
  });

  it("at a limit that refuses gets no further stream until one ends or is not heard of for 90 s", async () => {
    const [a, b] = [newSession(), newSession()];
    const limit = refuseNewest(1);
    await viewer.admit(a, limit, startMs);
    expect((await viewer.admit(b, limit, startMs + 60_000)).outcome).toBe("refused");
    await viewer.renew(use(a, limit), startMs + 60_000);
    expect((await viewer.admit(b, limit, startMs + 149_999)).outcome).toBe("refused");
    await viewer.release(a, startMs + 149_999);
    expect((await viewer.admit(b, limit, startMs + 149_999)).outcome).toBe("admitted");
    expect((await viewer.admit(newSession(), limit, startMs + 239_999)).outcome).toBe("admitted");
  });

  it("never has more streams than the limit, however many begin at once", async () => {
    const sessions = Array.from({ length: 40 }, newSession);
    const changes = await Promise.all(sessions.map((one) => viewer.admit(one, evictOldest(3), startMs)));
    const ended = changes.flatMap((change) => change.ended);
    expect(new Set(ended).size).toBe(37);
    for (const one of ended) expect(await revokedAs(one)).toBe("evicted");
    const left = sessions.filter((one) => !ended.includes(one));
    expect(left).toHaveLength(3);

    const refusals = await Promise.all(
      Array.from({ length: 20 }, () => viewer.admit(newSession(), refuseNewest(3), startMs)),
    );
    expect(refusals.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 20 }, () => "refused"));
  });

  it("is remembered across a restart of the object", async () => {
    const [a, b, c] = [newSession(), newSession(), newSession()];
    await viewer.admit(a, evictOldest(2), startMs);
    await viewer.admit(b, evictOldest(2), startMs + 1);
    await restart(viewer);
    viewer = open();
    expect((await viewer.admit(c, evictOldest(2), startMs + 2)).ended).toEqual([a]);
    await restart(viewer);
    viewer = open();
    expect((await viewer.renew(use(a, evictOldest(2)), startMs + 3)).outcome).toBe("ended");
    expect((await viewer.renew(use(c, evictOldest(2)), startMs + 3)).outcome).toBe("renewed");
  });

  it("whose session is used from many networks, or far too fast, loses it as shared", async () => {
    const [a, b] = [newSession(), newSession()];
    const limit = evictOldest(5);
    await viewer.admit(a, limit, startMs);
    await viewer.admit(b, limit, startMs);
    const networks = ["one", "two", "three", "four"];
    for (const [index, network] of networks.entries()) {
      const { outcome } = await viewer.renew(use(a, limit, { networks: [network] }), startMs + index);
      expect(outcome).toBe(index < 3 ? "renewed" : "shared");
    }
    expect((await viewer.renew(use(b, limit, { mediaSeconds: 7_200 }), startMs)).outcome).toBe("shared");
    expect([await revokedAs(a), await revokedAs(b)]).toEqual(["shared", "shared"]);
  });

  it("who comes back to a paused stream is told when there is no place for it any more", async () => {
    const [a, b] = [newSession(), newSession()];
    const limit = refuseNewest(1);
    await viewer.admit(a, limit, startMs);
    await viewer.admit(b, limit, startMs + 90_000);
    expect((await viewer.renew(use(a, limit), startMs + 90_001)).outcome).toBe("refused");
    expect(await revokedAs(a)).toBe("limited");
  });
});

describe("the object", () => {
  it("forgets everything ten minutes after the last stream", async () => {
    const stored = () =>
      runInDurableObject(viewer, (_, { storage }) => [...storage.kv.list()].map(([key]) => key));
    const alarm = () => runInDurableObject(viewer, (_, { storage }) => storage.getAlarm());
    const setClock = (nowMs: number) =>
      runInDurableObject(viewer, (instance: ViewerSessions) => {
        instance.nowMs = () => nowMs;
      });
    const session = newSession();
    await viewer.admit(session, evictOldest(1), startMs);
    expect(await alarm()).toBe(startMs + 720_000);
    await viewer.admit(newSession(), evictOldest(1), startMs + 660_000);
    await setClock(startMs + 720_000);
    await runDurableObjectAlarm(viewer);
    expect([await stored(), await alarm()]).toEqual([["streams"], startMs + 1_440_000]);
    await setClock(startMs + 1_440_000);
    await runDurableObjectAlarm(viewer);
    expect([await stored(), await alarm()]).toEqual([[], null]);
    expect((await viewer.admit(session, refuseNewest(1), startMs + 1_440_000)).outcome).toBe("admitted");
    expect(await alarm()).toBe(startMs + 2_160_000);
  });

  it("changes nothing when what it ends can't be revoked", async () => {
    await runInDurableObject(viewer, async (_, { storage }) => {
      let down = true;
      const revoked: string[] = [];
      const REVOCATIONS = {
        getByName: () => ({
          revoke: async (entries: readonly { readonly hash: Uint8Array }[]) => {
            if (down) throw new Error("unreachable");
            revoked.push(...entries.map(({ hash }) => encodeBase64url(hash)));
          },
        }),
      } as unknown as typeof env.REVOCATIONS;
      const register = new StreamRegister(storage, { REVOCATIONS });
      const [a, b, c] = [newSession(), newSession(), newSession()];
      await register.admit(a, evictOldest(1), startMs);
      const before = storage.kv.get("streams");
      await expect(register.admit(b, evictOldest(1), startMs + 1)).rejects.toThrow("unreachable");
      await expect(
        register.renew(use(a, evictOldest(1), { mediaSeconds: 1e6 }), startMs + 1),
      ).rejects.toThrow("unreachable");
      expect(storage.kv.get("streams")).toEqual(before);
      down = false;
      expect(await register.admit(c, evictOldest(1), startMs + 2)).toEqual({
        outcome: "admitted",
        ended: [a],
      });
      expect(revoked).toEqual([a]);
    });
  });

  it("lets no other call in between while it waits for a revocation", async () => {
    await runInDurableObject(viewer, async (_, { storage }) => {
      const waiting: (() => void)[] = [];
      const REVOCATIONS = {
        getByName: () => ({ revoke: () => new Promise<void>((resolve) => waiting.push(resolve)) }),
      } as unknown as typeof env.REVOCATIONS;
      const register = new StreamRegister(storage, { REVOCATIONS });
      const [a, b, c] = [newSession(), newSession(), newSession()];
      await register.admit(a, evictOldest(1), startMs);
      const both = [register.admit(b, evictOldest(1), startMs), register.admit(c, evictOldest(1), startMs)];
      await expect.poll(() => waiting.length).toBe(1);
      waiting[0]?.();
      await expect.poll(() => waiting.length).toBe(2);
      waiting[1]?.();
      expect((await Promise.all(both)).map(({ ended }) => ended)).toEqual([[a], [b]]);
    });
  });
});
