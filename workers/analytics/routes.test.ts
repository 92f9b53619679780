import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { SessionLog } from "#workers/playback/session-log.ts";
import { sessionName } from "#workers/playback/session.ts";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { numbers, toldAtMs, toldCalls, Waits } from "#workers/testing/told-call.ts";

const playbackId = "AAAAAAAAAAAAAAAAAAAAAA";

let token: string;
beforeAll(async () => {
  token = await insertApiKey("videos:read");
});

/** A session whose player told something; its id. */
async function watch(number: number): Promise<string> {
  const waits = new Waits();
  const told = toldCalls(waits, { claims: { issuedAtMs: toldAtMs + 1_000 * number } })();
  const log = new SessionLog();
  log.note(
    told,
    {
      v: 1,
      sf: "d",
      st: "v",
      ot: "v",
      br: numbers(3200),
      tb: numbers(6000),
      mtp: numbers(25_400),
      bl: numbers(12_300),
      bs: true,
    },
    "request",
  );
  log.note(told, { v: 2, e: "e", sta: "f", pt: 61_500 }, "event");
  await log.flush(env, toldAtMs);
  return sessionName(told.session);
}

describe("GET /v1/playback-sessions/{sessionId}", () => {
  it("tells what the player told, in words and whole units, and nothing else", async () => {
    const id = await watch(0);
    const response = await call("GET", `/v1/playback-sessions/${id}`, { token });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      id,
      playbackId,
      videoId: "vid_1",
      viewerHash: null,
      issuedAt: "2027-01-15T08:00:00.000Z",
      firstSeenAt: "2027-01-15T08:00:00.000Z",
      lastSeenAt: "2027-01-15T08:00:00.000Z",
      cmcdVersion: 2,
      requests: 1,
      events: { e: 1 },
      errors: 1,
      streamingFormat: "dash",
      streamType: "onDemand",
      objectTypes: ["video"],
      playerState: "fatalError",
      positionSeconds: 61.5,
      throughputBps: 25_400_000,
      lastBitrateBps: 3_200_000,
      topBitrateBps: 6_000_000,
      lowestBufferSeconds: 12.3,
      lastBufferSeconds: 12.3,
      starvations: 1,
      startupRequests: 0,
    });
  });

  it.each(["AAAAAAAAAAA", "short", "AAAAAAAAAAB", "%2e%2e"])("answers 404 for %s", async (id) => {
    const response = await call("GET", `/v1/playback-sessions/${id}`, { token });
    expect([response.status, (await problemOf(response)).code]).toEqual([404, "notFound"]);
  });
});

describe("GET /v1/playback-sessions", () => {
  const list = (query: string) => call("GET", `/v1/playback-sessions?${query}`, { token });

  it("goes from the newest to the oldest in pages", async () => {
    const ids: string[] = [];
    for (let number = 1; number <= 5; number++) ids.unshift(await watch(number));
    const listed: string[] = [];
    let cursor: string | null = null;
    do {
      const response = await list(
        `playbackId=${playbackId}&limit=2${cursor === null ? "" : `&cursor=${cursor}`}`,
      );
      const page = await response.json<{ data: { id: string }[]; nextCursor: string | null }>();
      expect(page.data.length).toBeLessThanOrEqual(2);
      listed.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(listed.slice(0, 5)).toEqual(ids);
    expect(new Set(listed).size).toBe(listed.length);
  });

  it("refuses to list everyone's sessions, and a cursor of another list", async () => {
    const everyone = await list("limit=2");
    expect([everyone.status, (await problemOf(everyone)).code]).toEqual([400, "invalidParameter"]);
    await watch(6);
    const page = await list(`playbackId=${playbackId}&limit=1`);
    const { nextCursor } = await page.json<{ nextCursor: string }>();
    const other = await list(`playbackId=BBBBBBBBBBBBBBBBBBBBBB&cursor=${nextCursor}`);
    expect([other.status, (await problemOf(other)).code]).toEqual([400, "invalidCursor"]);
  });
});
