import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { findRecordedSession } from "#workers/analytics/session-shards.ts";
import { toldCalls, Waits } from "#workers/testing/told-call.ts";
import { answerBeacon, beaconAnswer, maxBeaconBytes, readBeacon } from "./beacon.ts";
import { CmcdIntake } from "./cmcd-intake.ts";
import { sessionName } from "./session.ts";

const url = "https://sluice.test/p/AAAAAAAAAAAAAAAAAAAAAA/s/x/event";

function beacon(body: BodyInit | null, type: string | null = "application/json"): Request {
  const request = new Request(url, { method: "POST", body });
  if (type === null) request.headers.delete("Content-Type");
  else request.headers.set("Content-Type", type);
  return request;
}

const read = async (body: BodyInit | null, type?: string | null) => readBeacon(beacon(body, type));
const accepted = (told: unknown, over = false) => ({ ok: true, value: { told, over } });
const refused = (reason: string) => ({ ok: false, reason });

describe("readBeacon", () => {
  it.each([
    ["playing", { e: "t", sta: "p" }, false],
    ["waiting", { e: "ps", sta: "r" }, false],
    ["paused", { e: "ps", sta: "a" }, false],
    ["ended", { e: "ps", sta: "e" }, true],
    ["error", { e: "e", sta: "f" }, true],
    ["quit", { e: "ps", sta: "q" }, true],
  ])("reads the short event %s as the CMCD that it stands for", async (event, told, over) => {
    const short = JSON.stringify({ event, positionSeconds: 12.5 });
    expect(await read(short)).toEqual(accepted([{ v: 2, ...told, pt: 12_500 }], over));
    // What a page that is closing can send without a preflight.
    expect(await read(short, "text/plain;charset=UTF-8")).toEqual(
      accepted([{ v: 2, ...told, pt: 12_500 }], over),
    );
  });

  it.each([undefined, null, "12", -1, 1e12])(
    "leaves out a position that is none: %j",
    async (positionSeconds) => {
      const body = JSON.stringify({ event: "playing", positionSeconds });
      expect(await read(body)).toEqual(accepted([{ v: 2, e: "t", sta: "p" }]));
    },
  );

  it("reads CMCD events, a line each, and CMCD as JSON", async () => {
    const lines = "e=t,sta=p,ts=1,v=2\ne=ps,sta=e,ts=2,v=2\n";
    const told = [
      { v: 2, e: "t", sta: "p", ts: 1 },
      { v: 2, e: "ps", sta: "e", ts: 2 },
    ];
    expect(await read(lines, "application/cmcd")).toEqual(accepted(told, true));
    expect(await read(JSON.stringify(told))).toEqual(accepted(told, true));
  });

  it("takes events that it does not know yet for a sign of life", async () => {
    expect(await read("e=zz,v=2", "application/cmcd")).toEqual(accepted([]));
    expect(await read("", "application/cmcd")).toEqual(accepted([]));
  });

  it("refuses what is too large, though its length is not told", async () => {
    const body = `{"event":"playing","x":"${"x".repeat(maxBeaconBytes)}"}`;
    expect(await read(body)).toEqual(refused("beaconTooLarge"));
    expect(await read(new Blob([body]).stream())).toEqual(refused("beaconTooLarge"));
  });

  it.each([
    ["no type", '{"event":"playing"}', null, "beaconTypeUnsupported"],
    ["a form", "event=playing", "application/x-www-form-urlencoded", "beaconTypeUnsupported"],
    ["no body", null, "application/json", "beaconNotJson"],
    ["no JSON", "{", "application/json", "beaconNotJson"],
    ["an unknown event", '{"event":"dancing"}', "application/json", "beaconNotUnderstood"],
    ["a word of the language", '{"event":"constructor"}', "application/json", "beaconNotUnderstood"],
    ["an event that is no text", '{"event":["playing"]}', "application/json", "beaconNotUnderstood"],
    ["JSON of something else", "[7]", "application/json", "beaconNotUnderstood"],
    ["null", "null", "text/plain", "beaconNotUnderstood"],
  ])("refuses %s", async (_, body, type, reason) => {
    expect(await read(body, type)).toEqual(refused(reason));
  });
});

describe("the answer", () => {
  const { session } = toldCalls(new Waits())();
  const withToken = { ...session, tokenHash: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1) };
  const limited = { ...session, streamLimit: { maxStreams: 2, action: "evictOldest" } } as const;
  const next = async (claims: typeof session, seconds = "2") =>
    (await beaconAnswer(claims, { ...env, BEACON_SECONDS: seconds }).json<{ nextSeconds: number }>())
      .nextSeconds;

  it("lets the player of a protected video ask often, and of a public one seldom", async () => {
    expect([await next(session), await next(withToken), await next(limited)]).toEqual([10, 2, 2]);
    expect([await next(session, "20"), await next(withToken, "20")]).toEqual([20, 20]);
    expect([await next(withToken, "0"), await next(withToken, "often")]).toEqual([2, 2]);
  });

  it("may be read by any page and kept by no cache", () => {
    const { headers, status } = beaconAnswer(session, env);
    expect(status).toBe(200);
    expect(headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(headers.get("Cache-Control")).toBe("no-store");
  });
});

describe("answerBeacon", () => {
  it("notes what was told in the session's record", async () => {
    const waits = new Waits();
    const call = toldCalls(waits, { request: beacon('{"event":"paused","positionSeconds":3}') })();
    const answered = await answerBeacon(new CmcdIntake(), call);
    expect(answered).toMatchObject({ ok: true, value: { over: false } });
    if (answered.ok) expect(await answered.value.response.json()).toEqual({ state: "ok", nextSeconds: 10 });
    await waits.done();
    const recorded = await findRecordedSession(env, sessionName(call.session));
    expect(recorded?.report).toMatchObject({
      requests: 0,
      events: { ps: 1 },
      playerState: "a",
      positionMs: 3_000,
    });
  });
});

describe("CmcdIntake", () => {
  it("leaves a request alone that tells nothing", () => {
    const waits = new Waits();
    const request = new Request("https://sluice.test/p/x/hls.m3u8?token=a", {
      headers: { Range: "bytes=0-" },
    });
    new CmcdIntake().noteRequest(toldCalls(waits, { request })());
    expect(waits.promises).toEqual([]);
  });

  it("notes what a request tells by query or by headers, after the answer", async () => {
    const waits = new Waits();
    const intake = new CmcdIntake();
    const query = new Request("https://sluice.test/p/x/hls.m3u8?CMCD=ot%3Dv%2Cbs");
    const headers = new Request("https://sluice.test/p/x/hls.m3u8", {
      headers: { "CMCD-Session": "sf=h", "CMCD-Status": "bs" },
    });
    const call = toldCalls(waits);
    intake.noteRequest(call({ request: query }));
    intake.noteRequest(call({ request: headers }));
    await waits.done();
    const recorded = await findRecordedSession(env, sessionName(call().session));
    expect(recorded?.report).toMatchObject({ requests: 2, starved: { byRequests: 2 }, streamingFormat: "h" });
  });

  it("knows the history of a viewer whose player told one", async () => {
    const waits = new Waits();
    const intake = new CmcdIntake();
    const viewerHash = Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9);
    const request = new Request("https://sluice.test/p/x/hls.m3u8?CMCD=ot%3Dv%2Cmtp%3D7000");
    const call = toldCalls(waits, { request, claims: { viewerHash } });
    expect(await intake.history(viewerHash, call().nowMs)).toBeNull();
    for (let requests = 0; requests < 3; requests++) intake.noteRequest(call());
    await waits.done();
    expect(await intake.history(viewerHash, call().nowMs)).toMatchObject({ throughputBps: 7_000_000 });
    expect(await intake.history(new Uint8Array(8), call().nowMs)).toBeNull();
  });
});
