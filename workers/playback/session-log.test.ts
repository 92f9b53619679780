import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { SessionFlush } from "#workers/analytics/session-records.ts";
import { findRecordedSession } from "#workers/analytics/session-shards.ts";
import type { Env } from "#workers/env.ts";
import { numbers, toldAtMs, toldCalls, Waits } from "#workers/testing/told-call.ts";
import { deliveredOf } from "#workers/usage/delivered.ts";
import { CmcdIntake } from "./cmcd-intake.ts";
import { SessionLog, maxSessions } from "./session-log.ts";
import { sessionName } from "./session.ts";

/** The real objects, with a list of the flushes that were sent and a way to lose their answers. */
function spyOnFlushes() {
  const sent: number[] = [];
  const faults = { unreachable: false, answerLost: false };
  const spied = withRecords(async (shard, flush) => {
    sent.push(flush.sequence);
    if (faults.unreachable) throw new Error("unreachable");
    const added = await env.SESSION_RECORDS.getByName(shard).add(flush);
    if (faults.answerLost) throw new Error("the answer was lost");
    return added;
  });
  return { env: spied, sent, faults };
}

function withRecords(add: (shard: string, flush: SessionFlush) => Promise<{ added: boolean }>): Env {
  const namespace = { getByName: (shard: string) => ({ add: (flush: SessionFlush) => add(shard, flush) }) };
  return {
    ...env,
    SESSION_RECORDS: namespace as Partial<Env["SESSION_RECORDS"]> as Env["SESSION_RECORDS"],
    SESSION_RECORDS_FLUSH_SECONDS: "30",
  };
}

afterEach(() => {
  vi.useRealTimers();
});

describe("what a session told", () => {
  it("arrives in its record, added up, with the viewer's hash and without the player's own ids", async () => {
    const waits = new Waits();
    const call = toldCalls(waits, { claims: { viewerHash: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 0xf8) } });
    const log = new SessionLog();
    const told = {
      v: 1,
      sid: "secret-session",
      cid: "secret-content",
      nor: ["next"],
      ot: "v",
      sf: "h",
    } as const;
    log.note(call(), { ...told, br: numbers(800), tb: numbers(6000), mtp: numbers(5000) }, "request");
    log.note(call({ nowMs: toldAtMs + 4_000 }), { ...told, br: numbers(3200), bs: true }, "request");
    log.note(call({ nowMs: toldAtMs + 5_000 }), { v: 2, e: "ps", sta: "a", pt: 4_500 }, "event");
    await waits.done();
    const { session } = call();
    const recorded = await findRecordedSession(env, sessionName(session));
    expect(recorded).toEqual({
      sessionId: sessionName(session),
      playbackId: "AAAAAAAAAAAAAAAAAAAAAA",
      videoId: "vid_1",
      viewerHash: "01020304050607f8",
      issuedAtMs: toldAtMs,
      report: {
        firstSeenMs: toldAtMs,
        lastSeenMs: toldAtMs + 5_000,
        requests: 2,
        events: { ps: 1 },
        cmcdVersion: 2,
        streamingFormat: "h",
        streamType: null,
        objectTypes: 0b100,
        throughput: { sum: 1250, samples: 1 },
        bufferMinMs: null,
        bufferLastMs: null,
        startupRequests: 0,
        starved: { byRequests: 1, byEvents: 0, byCount: 0 },
        bitrateTopKbps: 6000,
        bitrateLastKbps: 3200,
        playerState: "a",
        errors: 0,
        positionMs: 4_500,
      },
    });
    expect(JSON.stringify(recorded)).not.toContain("secret");
  });
});

it("what was sent to a session is told with what it told, or alone, and is a view", async () => {
  const waits = new Waits();
  const call = toldCalls(waits);
  const intake = new CmcdIntake();
  intake.noteDelivered(call(), { bytes: 1_000, mediaMs: 4_000 });
  intake.noteDelivered(call({ nowMs: toldAtMs + 4_000 }), { bytes: 500, mediaMs: 0 });
  await waits.done();
  const day = new Date().toISOString().slice(0, 10);
  const use = await deliveredOf(env, "vid_1", day, day);
  expect(use).toEqual([{ day, views: 1, bytes: 1_500, mediaMs: 4_000 }]);
});

describe("a flush", () => {
  it("is sent again under its number when the answer was lost, before anything newer, and doubles nothing", async () => {
    const { env: spied, sent, faults } = spyOnFlushes();
    const waits = new Waits();
    const call = toldCalls(waits);
    const log = new SessionLog();
    log.note(call(), { v: 1, ot: "v" }, "request");
    faults.answerLost = true;
    await log.flush(spied, toldAtMs);
    log.note(call(), { v: 1, ot: "v" }, "request");
    faults.answerLost = false;
    await log.flush(spied, toldAtMs + 30_000);
    expect(sent).toEqual([1, 1, 2]);
    expect((await findRecordedSession(env, sessionName(call().session)))?.report.requests).toBe(2);
  });

  it("keeps what it has while the records can't be reached", async () => {
    const { env: spied, sent, faults } = spyOnFlushes();
    const call = toldCalls(new Waits());
    const log = new SessionLog();
    faults.unreachable = true;
    for (const seconds of [0, 30, 60]) {
      log.note(call(), { v: 1, ot: "v" }, "request");
      await log.flush(spied, toldAtMs + seconds * 1_000);
    }
    faults.unreachable = false;
    await log.flush(spied, toldAtMs + 90_000);
    expect(sent).toEqual([1, 1, 1, 1, 2]);
    expect((await findRecordedSession(env, sessionName(call().session)))?.report.requests).toBe(3);
  });

  it("is made at most every 30 seconds, the first a little after the first request", async () => {
    vi.useFakeTimers({ now: toldAtMs });
    const sentAtSeconds: number[] = [];
    const spied = withRecords(async () => {
      sentAtSeconds.push((Date.now() - toldAtMs) / 1_000);
      return { added: true };
    });
    const call = toldCalls(new Waits(), { env: spied });
    const log = new SessionLog();
    for (let seconds = 0; seconds < 100; seconds += 2) {
      log.note(call({ nowMs: Date.now() }), { v: 1, ot: "v" }, "request");
      await vi.advanceTimersByTimeAsync(2_000);
    }
    expect(sentAtSeconds).toEqual([5, 35, 65, 95]);
  });
});

describe("the memory of an isolate", () => {
  it("holds 2,000 sessions; who was silent for longest makes room", async () => {
    const { env: spied } = spyOnFlushes();
    const waits = new Waits();
    const log = new SessionLog();
    const note = (number: number) => {
      // All in one shard, which has its eighth of the room.
      const id = Uint8Array.of(0, 0, 0, 0, 0, 0, number >> 8, number & 255);
      const call = toldCalls(waits, { env: spied, claims: { id } })();
      log.note(call, { v: 1, ot: "v" }, "request");
      return sessionName(call.session);
    };
    const room = maxSessions / 8;
    const names = Array.from({ length: room }, (_, number) => note(number));
    note(0);
    note(room);
    await log.flush(spied, toldAtMs);
    const requestsOf = async (name = "") => (await findRecordedSession(env, name))?.report.requests;
    expect(await requestsOf(names[0])).toBe(2);
    expect(await requestsOf(names[1])).toBeUndefined();
    expect(await requestsOf(names[2])).toBe(1);
  });
});
