import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { restart } from "#workers/testing/restart.ts";
import { RevocationLog, type Revocation, type RevocationKind } from "./revocation-log.ts";
import type { Revocations } from "./revocations.ts";

let tests = 0;
let object: DurableObjectStub<Revocations>;
const open = () => env.REVOCATIONS.getByName(`of test ${tests}`);
beforeEach(() => {
  tests += 1;
  object = open();
});

async function restartObject(): Promise<void> {
  await restart(object);
  object = open();
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = 1_800_000_000_000;

function hashOf(number: number): Uint8Array {
  const hash = new Uint8Array(8);
  new DataView(hash.buffer).setUint32(0, Math.imul(number, 0x9e3779b1));
  new DataView(hash.buffer).setUint32(4, number);
  return hash;
}

function entry(number: number, kind: RevocationKind = "viewer", issuedBeforeSeconds = 1_000): Revocation {
  return { kind, hash: hashOf(number), issuedBeforeSeconds, reason: "revoked" };
}

async function setClock(nowMs: number): Promise<void> {
  await runInDurableObject(object, (instance: Revocations) => {
    instance.nowMs = () => nowMs;
  });
}

async function whole(): Promise<RevocationLog> {
  const snapshot = await object.snapshot(null);
  if (snapshot.kind !== "whole") throw new Error(snapshot.kind);
  return readLog(snapshot.bytes);
}

function readLog(bytes: Uint8Array): RevocationLog {
  const read = RevocationLog.read(bytes);
  if (!read.ok) throw new Error(read.reason);
  return read.value;
}

function holds(log: RevocationLog, { kind, hash }: Revocation): boolean {
  return log.find(kind, hash) >= 0;
}

describe("the object", () => {
  it("has an empty log before anything was said", async () => {
    expect(await object.snapshot(null)).toEqual({
      kind: "whole",
      sequence: 0,
      bytes: RevocationLog.of([]).bytes,
    });
    expect(await object.snapshot(0)).toEqual({ kind: "unchanged", sequence: 0 });
  });

  it("has an entry in every snapshot that is asked for after revoke() returned", async () => {
    await object.revoke([entry(1), entry(2, "session")]);
    const log = await whole();
    expect([holds(log, entry(1)), holds(log, entry(2, "session")), holds(log, entry(2))]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("answers nothing to who knows all, and only what is new to who knows less", async () => {
    await object.revoke([entry(1)]);
    const before = await object.snapshot(null);
    await object.revoke([entry(2)]);
    const changes = await object.snapshot(before.sequence);
    expect(changes.kind).toBe("changes");
    if (changes.kind === "unchanged" || before.kind === "unchanged") throw new Error("nothing changed");
    expect(readLog(changes.bytes).size).toBe(1);
    expect(readLog(before.bytes).with(readLog(changes.bytes)).bytes).toEqual((await whole()).bytes);
    expect(await object.snapshot(changes.sequence)).toEqual({
      kind: "unchanged",
      sequence: changes.sequence,
    });
  });

  it("answers the whole log to who knows a sequence that never was", async () => {
    await object.revoke([entry(1)]);
    expect((await object.snapshot(99)).kind).toBe("whole");
  });

  it("keeps the later time and the stronger reason, in whichever order they were said", async () => {
    const weak: Revocation = { ...entry(1, "session", 500), reason: "evicted" };
    const strong: Revocation = { ...entry(1, "session", 400), reason: "shared" };
    for (const order of [
      [weak, strong],
      [strong, weak],
    ]) {
      const other = env.REVOCATIONS.getByName(`order ${order[0]?.reason}`);
      for (const one of order) await other.revoke([one]);
      const [stored] = await other.list(null, 10);
      expect(stored).toMatchObject({ issuedBeforeSeconds: 500, reason: "shared", sequence: 2 });
    }
  });

  it("takes one subject twice in one call", async () => {
    const stored = await object.revoke([entry(1, "viewer", 5), entry(1, "viewer", 9)]);
    expect(stored).toHaveLength(1);
    expect(stored[0]).toMatchObject({ issuedBeforeSeconds: 9 });
    expect((await whole()).size).toBe(1);
  });

  it("lists what was said last first, page by page", async () => {
    for (let number = 0; number < 5; number++) await object.revoke([entry(number)]);
    await object.revoke([entry(1)]);
    const first = await object.list(null, 3);
    const last = await object.list(first.at(-1)?.sequence ?? null, 3);
    const numbers = [...first, ...last].map(({ hash }) =>
      new DataView(hash.buffer, hash.byteOffset).getUint32(4),
    );
    expect(numbers).toEqual([1, 4, 3, 2, 0]);
  });

  it("loses nothing when it is restarted, nor its count", async () => {
    for (let number = 0; number < 20; number++) await object.revoke([entry(number)]);
    const before = await object.snapshot(null);
    await restartObject();
    expect(await object.snapshot(null)).toEqual(before);
    await object.revoke([entry(20)]);
    expect((await object.snapshot(before.sequence)).kind).toBe("changes");
    expect((await whole()).size).toBe(21);
  });

  it("takes concurrent revocations without losing one", async () => {
    await Promise.all(Array.from({ length: 200 }, (_, number) => object.revoke([entry(number)])));
    const log = await whole();
    for (let number = 0; number < 200; number++) expect(holds(log, entry(number))).toBe(true);
    const sequences = (await object.list(null, 200)).map(({ sequence }) => sequence);
    expect(new Set(sequences).size).toBe(200);
  });

  it("refuses hashes of another length, and keeps none of that call", async () => {
    // Without a waiter in between, the refusal of the call would count as unhandled.
    const refused = object.revoke([entry(1), { ...entry(2), hash: new Uint8Array(7) }]).catch(String);
    expect(await refused).toContain("another length");
    await restartObject();
    expect((await whole()).size).toBe(0);
  });
});

describe("an entry", () => {
  it("goes when no credential of its subject can be left, and not before", async () => {
    await setClock(startMs);
    await object.revoke([entry(1), entry(2, "token"), entry(3, "session"), entry(4, "policy")]);
    await setClock(startMs + dayMs);
    await runDurableObjectAlarm(object);
    expect((await whole()).size).toBe(4);
    await setClock(startMs + dayMs + hourMs);
    await runDurableObjectAlarm(object);
    const log = await whole();
    expect([holds(log, entry(3, "session")), holds(log, entry(4, "policy"))]).toEqual([false, false]);
    expect([holds(log, entry(1)), holds(log, entry(2, "token"))]).toEqual([true, true]);
    await setClock(startMs + 7 * dayMs + hourMs);
    await runDurableObjectAlarm(object);
    expect((await whole()).size).toBe(0);
  });

  it("that went is gone for who knew it: the whole log comes instead of changes", async () => {
    await setClock(startMs);
    await object.revoke([entry(1, "session")]);
    const { sequence } = await object.snapshot(null);
    await setClock(startMs + 2 * dayMs);
    await object.revoke([entry(2, "session")]);
    expect((await object.snapshot(sequence)).kind).toBe("changes");
    await runDurableObjectAlarm(object);
    expect((await object.snapshot(sequence)).kind).toBe("whole");
    await restartObject();
    expect((await object.snapshot(sequence)).kind).toBe("whole");
    expect((await whole()).size).toBe(1);
  });

  it("that is said again lives from then on", async () => {
    await setClock(startMs);
    await object.revoke([entry(1, "session")]);
    await setClock(startMs + 20 * hourMs);
    await object.revoke([entry(1, "session")]);
    await setClock(startMs + 30 * hourMs);
    await runDurableObjectAlarm(object);
    expect((await whole()).size).toBe(1);
  });

  it("is dropped by an alarm, which stands at the first that goes and comes at most hourly", async () => {
    const alarm = () => runInDurableObject(object, (_, state) => state.storage.getAlarm());
    const now = Date.now();
    await setClock(now);
    await object.revoke([entry(1)]);
    expect(await alarm()).toBe(now + 7 * dayMs + hourMs);
    await object.revoke([entry(2, "session")]);
    expect(await alarm()).toBe(now + dayMs + hourMs);
    await setClock(now + 60_000);
    await object.revoke([entry(3, "session")]);
    await setClock(now + dayMs + hourMs);
    await runDurableObjectAlarm(object);
    expect((await whole()).size).toBe(2);
    expect(await alarm()).toBe(now + dayMs + 2 * hourMs);
  });
});
