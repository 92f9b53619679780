import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { encodeBase64url } from "#workers/base64url.ts";
import { restart } from "#workers/testing/restart.ts";
import type { FlushedSession, RecordedSession } from "./session-records.ts";
import { reportOf } from "./session-report.ts";
import {
  findRecordedSession,
  listRecordedSessions,
  sessionShard,
  shardCount,
  shardOf,
} from "./session-shards.ts";

const nowMs = 1_800_000_000_000;
const dayMs = 24 * 3_600_000;
const shard = 3;

const idOf = (number: number, start = shard) =>
  encodeBase64url(new Uint8Array([start, 0, 0, 0, 0, 0, 0, number]));

function session(sessionId: string, over: Partial<FlushedSession> = {}): FlushedSession {
  return {
    sessionId,
    playbackId: "AAAAAAAAAAAAAAAAAAAAAA",
    videoId: "vid_1",
    viewerHash: null,
    issuedAtMs: nowMs,
    report: reportOf({ v: 1, br: [{ value: 800, of: null }], bs: true }, "request", nowMs),
    delivered: null,
    ...over,
  };
}

async function turnClock(toMs: number): Promise<void> {
  await runInDurableObject(sessionShard(env, shard), (object) => {
    object.nowMs = () => toMs;
  });
}

let isolates = 0;
let isolateId = "";
beforeEach(async () => {
  isolateId = `isolate-${isolates++}`;
  await turnClock(nowMs);
});

const add = (sequence: number, ...sessions: FlushedSession[]) =>
  sessionShard(env, shard).add({ isolateId, sequence, sessions });

describe("a flush", () => {
  it("adds to what other isolates flushed of the session", async () => {
    const id = idOf(1);
    await add(1, session(id));
    await sessionShard(env, shard).add({ isolateId: "another", sequence: 1, sessions: [session(id)] });
    await add(2, session(id), session(idOf(2)));
    expect(await findRecordedSession(env, id)).toMatchObject({
      sessionId: id,
      videoId: "vid_1",
      viewerHash: null,
      issuedAtMs: nowMs,
      report: { requests: 3, starved: { byRequests: 3 }, bitrateLastKbps: 800 },
    });
    expect((await findRecordedSession(env, idOf(2)))?.report.requests).toBe(1);
  });

  it("adds nothing the second time, not even after the object was restarted", async () => {
    const id = idOf(10);
    expect(await add(1, session(id))).toEqual({ added: true });
    expect(await add(1, session(id))).toEqual({ added: false });
    await restart(sessionShard(env, shard));
    expect(await add(1, session(id))).toEqual({ added: false });
    expect(await add(2, session(id))).toEqual({ added: true });
    expect((await findRecordedSession(env, id))?.report.requests).toBe(2);
  });
});

describe("a session", () => {
  it("is known only by an id of ours", async () => {
    for (const id of [idOf(200), "", "short", "!".repeat(11), `${idOf(1)}A`]) {
      expect(await findRecordedSession(env, id), id).toBeNull();
    }
  });

  it("is gone 30 days after it was issued, at once for readers, then by the sweep", async () => {
    const [old, young] = [idOf(20), idOf(21)];
    await add(1, session(old), session(young, { issuedAtMs: nowMs + dayMs }));
    await turnClock(nowMs + 30 * dayMs);
    expect(await findRecordedSession(env, old)).toBeNull();
    expect(await findRecordedSession(env, young)).not.toBeNull();
    const stub = sessionShard(env, shard);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    const left = () =>
      runInDurableObject(stub, (_, state) => [
        state.storage.sql.exec("SELECT id FROM sessions WHERE id IN (?, ?)", old, young).toArray(),
        state.storage.sql.exec("SELECT isolate FROM flushes").toArray(),
      ]);
    expect(await left()).toEqual([[{ id: young }], []]);
    await turnClock(nowMs + 31 * dayMs);
    await runDurableObjectAlarm(stub);
    expect(await left()).toEqual([[], []]);
    // Nothing is left to sweep: no alarm until the next flush.
    expect(await runInDurableObject(stub, (_, state) => state.storage.getAlarm())).toBeNull();
  });
});

describe("a list", () => {
  it("goes through all shards from the newest to the oldest, and its pages neither miss nor repeat", async () => {
    const playbackId = "BBBBBBBBBBBBBBBBBBBBBB";
    const sessions = Array.from({ length: 40 }, (_, number) =>
      session(idOf(number, number), {
        playbackId,
        // Several in one second, as they are issued.
        issuedAtMs: nowMs - 1_000 * Math.floor(number / 5),
      }),
    );
    for (const [number, one] of sessions.entries()) {
      await sessionShard(env, shardOf(number)).add({ isolateId, sequence: number + 1, sessions: [one] });
    }
    const listed: RecordedSession[] = [];
    for (;;) {
      const last = listed.at(-1);
      const page = await listRecordedSessions(env, playbackId, last ?? null, 7);
      listed.push(...page);
      if (page.length < 7) break;
    }
    expect(listed).toHaveLength(sessions.length);
    expect(new Set(listed.map(({ sessionId }) => sessionId)).size).toBe(sessions.length);
    const times = listed.map(({ issuedAtMs }) => issuedAtMs);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(await listRecordedSessions(env, "CCCCCCCCCCCCCCCCCCCCCC", null, 7)).toEqual([]);
  });

  it("spreads ids over every shard", () => {
    const shards = new Set(Array.from({ length: 256 }, (_, start) => shardOf(start)));
    expect(shards.size).toBe(shardCount);
  });
});

describe("what was sent of a video", () => {
  const today = "2027-01-15";
  const sent = (id: string, delivered: FlushedSession["delivered"]) =>
    session(id, { videoId: "vid_used", report: null, delivered });
  const usage = (from = today, to = today) => sessionShard(env, shard).usage("vid_used", from, to);

  it("is added up by day, once a flush, and a session is one view whoever saw it and however often", async () => {
    const [one, other] = [idOf(100), idOf(101)];
    await add(1, sent(one, { bytes: 100, mediaMs: 4_000 }), sent(other, { bytes: 10, mediaMs: 0 }));
    await add(1, sent(one, { bytes: 100, mediaMs: 4_000 }));
    await sessionShard(env, shard).add({
      ...{ isolateId: "beside", sequence: 1 },
      sessions: [sent(one, { bytes: 50, mediaMs: 2_000 })],
    });
    expect(await usage()).toEqual([{ day: today, views: 1, bytes: 160, mediaMs: 6_000 }]);
    await turnClock(nowMs + dayMs);
    await add(2, sent(one, { bytes: 1, mediaMs: 1 }), sent(other, { bytes: 1, mediaMs: 1 }));
    expect(await usage(today, "2027-01-16")).toEqual([
      { day: today, views: 1, bytes: 160, mediaMs: 6_000 },
      { day: "2027-01-16", views: 1, bytes: 2, mediaMs: 2 },
    ]);
    // Nothing was told, so there is no record of what was.
    expect(await findRecordedSession(env, one)).toBeNull();
  });

  it("outlives the records of its sessions", async () => {
    await add(1, sent(idOf(110), { bytes: 7, mediaMs: 7 }));
    const before = await usage();
    await turnClock(nowMs + 40 * dayMs);
    await runDurableObjectAlarm(sessionShard(env, shard));
    expect(await usage()).toEqual(before);
  });
});
