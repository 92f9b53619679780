import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Beacon, type Watched } from "./beacon.ts";
import { parseCmcd } from "#workers/playback/cmcd.ts";
import type { Condition } from "./conditions.ts";
import type { Measured } from "./engine.ts";

const url = "https://media.example/p/x/s/y/event";

class Video extends EventTarget implements Watched {
  currentTime = 0;
  paused = true;
  ended = false;
  seeking = false;

  play(): void {
    this.paused = false;
    this.dispatchEvent(new Event("playing"));
  }
  pause(): void {
    this.paused = true;
    this.dispatchEvent(new Event("pause"));
  }
  end(): void {
    this.ended = true;
    this.pause();
    this.dispatchEvent(new Event("ended"));
  }
}

let video: Video;
let page: EventTarget;
let sent: string[];
let reports: unknown[];
let measured: Measured | null;
let refused: Condition[];
let renewed: string[];
let urls: string[];
let answer: () => Response | Promise<Response>;

const states: Readonly<Record<string, string>> = {
  p: "playing",
  a: "paused",
  e: "ended",
  f: "error",
  q: "quit",
};
const going = (nextSeconds: unknown) => () => Response.json({ state: "ok", nextSeconds });
const refusing = (status: number, code: string) => () => Response.json({ code }, { status });
const watch = () =>
  new Beacon({
    url,
    video,
    measure: () => measured,
    onRefused: (condition) => refused.push(condition),
    onRenewed: (session) => renewed.push(session),
  });
const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

beforeEach(() => {
  vi.useFakeTimers();
  video = new Video();
  page = new EventTarget();
  sent = [];
  reports = [];
  measured = null;
  refused = [];
  renewed = [];
  urls = [];
  answer = going(2);
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("fetch", async (asked: string, init: RequestInit) => {
    urls.push(asked);
    const report = JSON.parse(init.body as string) as { sta: string };
    sent.push(states[report.sta] ?? report.sta);
    reports.push(report);
    expect(init.headers).toBeUndefined();
    expect(init.keepalive).toBe(true);
    return answer();
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("asks at once when playback begins, and as often as the service says while it plays", async () => {
  watch();
  await pass(60);
  expect(sent).toEqual([]);
  video.play();
  await pass(0);
  expect(sent).toEqual(["playing"]);
  await pass(6.5);
  expect(sent).toHaveLength(4);
});

it("does not ask while paused, and asks at once when it goes on", async () => {
  watch();
  video.play();
  await pass(1);
  video.pause();
  await pass(60);
  expect(sent).toEqual(["playing", "paused"]);
  video.play();
  await pass(2.5);
  expect(sent).toEqual(["playing", "paused", "playing", "playing"]);
});

it("keeps asking when it was paused and goes on before the answer came", async () => {
  watch();
  answer = async () => {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return going(2)();
  };
  video.play();
  video.pause();
  video.play();
  await pass(20);
  expect(sent.filter((event) => event === "playing").length).toBeGreaterThanOrEqual(6);
});

it("is not hurried by seeks, after each of which the element plays anew", async () => {
  watch();
  answer = async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return going(2)();
  };
  video.play();
  for (let seek = 0; seek < 20; seek++) {
    await pass(0.05);
    video.play();
  }
  expect(sent).toEqual(["playing"]);
});

it("tells the end once, however it came", async () => {
  const beacon = watch();
  video.play();
  await pass(0);
  video.end();
  beacon.stop("quit");
  page.dispatchEvent(new Event("pagehide"));
  await pass(60);
  expect(sent).toEqual(["playing", "ended"]);
});

it("tells that the viewer left the page, and goes on when the browser brings it back", async () => {
  watch();
  video.play();
  await pass(0);
  page.dispatchEvent(new Event("pagehide"));
  await pass(60);
  expect(sent).toEqual(["playing", "quit"]);
  page.dispatchEvent(new Event("pageshow"));
  await pass(0);
  expect(sent).toEqual(["playing", "quit", "playing"]);
});

it("says nothing of a session in which nothing was played", async () => {
  const beacon = watch();
  page.dispatchEvent(new Event("pagehide"));
  beacon.stop("quit");
  await pass(60);
  expect(sent).toEqual([]);
});

it.each([
  [403, "revoked", "revoked"],
  [403, "streamEvicted", "evicted"],
  [401, "unauthenticated", "refused"],
  [404, "notFound", "notFound"],
])("ends with the first refusal: %i %s", async (status, code, condition) => {
  const beacon = watch();
  video.play();
  await pass(3);
  answer = refusing(status, code);
  await pass(2);
  expect(refused).toEqual([condition]);
  const before = sent.length;
  video.pause();
  video.play();
  beacon.stop("quit");
  page.dispatchEvent(new Event("pagehide"));
  await pass(60);
  expect(sent).toHaveLength(before);
  expect(refused).toHaveLength(1);
});

it("does not hear a refusal of a session that was given up meanwhile", async () => {
  const beacon = watch();
  answer = async () => {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return refusing(403, "revoked")();
  };
  video.play();
  beacon.stop(null);
  await pass(60);
  expect([sent, refused]).toEqual([["playing"], []]);
});

it("asks on when the service is busy or the network is gone, only not so often", async () => {
  watch();
  video.play();
  await pass(1);
  answer = () => new Response("", { status: 503 });
  await pass(30);
  expect(sent.length).toBeLessThanOrEqual(5);
  answer = () => Promise.reject(new TypeError("offline"));
  await pass(30);
  const before = sent.length;
  answer = going(2);
  await pass(30);
  expect(sent.length).toBeGreaterThan(before + 5);
  expect(refused).toEqual([]);
});

it("does not ask a service that takes no beacons twice", async () => {
  watch();
  answer = () => new Response("no", { status: 405 });
  video.play();
  await pass(60);
  expect(sent).toEqual(["playing"]);
  expect(refused).toEqual([]);
});

it.each([0, -1, 0.001, "2", null, Number.NaN, 1e9])(
  "is not driven mad by nextSeconds %j",
  async (nextSeconds) => {
    watch();
    answer = going(nextSeconds);
    video.play();
    await pass(61);
    expect(sent.length).toBeGreaterThanOrEqual(2);
    expect(sent.length).toBeLessThanOrEqual(62);
  },
);

it("tells what the player measured, as CMCD that the service reads", async () => {
  watch();
  measured = {
    format: "hls",
    throughputBps: 25_412_345,
    bufferSeconds: 12.345,
    bitrateBps: 3_200_400,
    topBitrateBps: 6_000_000,
  };
  video.currentTime = 61.5;
  video.play();
  await pass(0);
  expect(parseCmcd({ mode: "json", body: reports[0] })).toEqual([
    {
      v: 2,
      e: "t",
      sta: "p",
      ts: Date.now(),
      pt: 61_500,
      sf: "h",
      mtp: [{ value: 25_400, of: null }],
      bl: [{ value: 12_300, of: null }],
      br: [{ value: 3_200, of: null }],
      tb: [{ value: 6_000, of: null }],
    },
  ]);
});

it("leaves out what was not measured", async () => {
  watch();
  measured = {
    format: "hls",
    throughputBps: Number.NaN,
    bufferSeconds: null,
    bitrateBps: null,
    topBitrateBps: null,
  };
  video.play();
  await pass(0);
  expect(reports[0]).toEqual({ v: 2, e: "t", sta: "p", ts: Date.now(), pt: 0, sf: "h" });
});

it("tells once that the buffer ran dry, and not for a seek or the start", async () => {
  watch();
  video.dispatchEvent(new Event("waiting"));
  video.play();
  await pass(1);
  video.seeking = true;
  video.dispatchEvent(new Event("waiting"));
  video.seeking = false;
  await pass(2);
  video.dispatchEvent(new Event("waiting"));
  await pass(4);
  const starved = reports.map((report) => (report as { bs?: boolean }).bs ?? false);
  expect(starved).toEqual([false, false, true, false]);
});

it("goes on under the session that it is given, and hands it on", async () => {
  watch();
  answer = () => Response.json({ state: "ok", nextSeconds: 2, session: "renewed_1" });
  video.play();
  await pass(0);
  answer = going(2);
  await pass(2);
  expect(urls).toEqual([url, url.replace("/y/", "/renewed_1/")]);
  expect(renewed).toEqual(["renewed_1"]);
});

it.each(["", "a/b", 7, null])("takes %j for no session", async (session) => {
  watch();
  answer = () => Response.json({ state: "ok", nextSeconds: 2, session });
  video.play();
  await pass(2);
  expect(new Set(urls)).toEqual(new Set([url]));
  expect(renewed).toEqual([]);
});
