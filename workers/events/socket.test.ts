// Sockets of events as a client has them, through the Worker's own entry.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeAll, expect, it } from "vitest";
import { call, insertApiKey, origin, problemOf } from "#workers/testing/api-client.ts";
import type { SocketMessage, VideoEvent } from "./live-contract.ts";
import { signTicket } from "./ticket.ts";

const hub = () => env.EVENT_HUB.getByName("hub");
const one = "vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4";
const two = "vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V5";
const ready = (videoId: string, atMs: number): VideoEvent => ({ type: "video.ready", videoId, atMs });

let reader = "";
const opened: WebSocket[] = [];
beforeAll(async () => {
  reader = await insertApiKey("videos:read");
});
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.close(1000);
  await runInDurableObject(hub(), (instance) => {
    [instance.maxListeners, instance.nowMs] = [5_000, Date.now];
  });
});

function upgrade(query: string, headers: Readonly<Record<string, string>>): Promise<Response> {
  return exports.default.fetch(`${origin}/v1/events${query}`, {
    headers: { Upgrade: "websocket", ...headers },
  });
}

class Listener {
  readonly socket: WebSocket;
  readonly heard: string[] = [];
  closed: number | null = null;
  #woken = (): void => {};

  constructor(socket: WebSocket) {
    this.socket = socket;
    opened.push(socket);
    socket.addEventListener("message", ({ data }) => {
      this.heard.push(String(data));
      this.#woken();
    });
    socket.addEventListener("close", ({ code }) => {
      this.closed = code;
      this.#woken();
    });
    socket.accept();
  }

  async until(reached: () => boolean): Promise<void> {
    while (!reached()) await new Promise<void>((resolve) => (this.#woken = resolve));
  }

  /** The first so many messages, once they are there. */
  async messages(count: number): Promise<readonly SocketMessage[]> {
    await this.until(() => this.heard.length >= count);
    return this.heard.map((text) => JSON.parse(text) as SocketMessage);
  }
}

async function listen(query = "", credential = reader): Promise<Listener> {
  const response = await upgrade(query, { "Sec-WebSocket-Protocol": `sluice.v1, ${credential}` });
  if (response.webSocket === null) throw new Error(`${response.status}: ${await response.text()}`);
  expect([response.status, response.headers.get("Sec-WebSocket-Protocol")]).toEqual([101, "sluice.v1"]);
  return new Listener(response.webSocket);
}

async function sequences(listener: Listener, count: number): Promise<readonly (number | string)[]> {
  const messages = await listener.messages(count);
  return messages.map((message) => ("sequence" in message ? message.sequence : message.type));
}

async function lastSequence(): Promise<number> {
  return (await hub().read(0, null)).lastSequence;
}

it("tells each event as it comes, with its number, over an eviction of the hub", async () => {
  const listener = await listen();
  const from = await lastSequence();
  await hub().publish({ type: "video.progress", videoId: one, percent: 12.5, etaSeconds: 40, atMs: 0 }, null);
  await evictDurableObject(hub());
  await hub().publish(ready(two, 1_000), null);
  expect(await listener.messages(3)).toEqual([
    { type: "hello", lastSequence: from },
    {
      type: "video.progress",
      sequence: from + 1,
      videoId: one,
      at: "1970-01-01T00:00:00.000Z",
      percent: 12.5,
      etaSeconds: 40,
    },
    { type: "video.ready", sequence: from + 2, videoId: two, at: "1970-01-01T00:00:01.000Z" },
  ]);
});

it("tells of the videos asked for alone, of what is kept as of what comes", async () => {
  const from = await lastSequence();
  for (const videoId of [one, two]) await hub().publish(ready(videoId, 1), null);
  const [ofTwo, ofBoth] = await Promise.all([
    listen(`?after=${from}&videoId=${two}`),
    listen(`?after=${from}&videoId=${one},${two}`),
  ]);
  for (const videoId of [one, two]) await hub().publish(ready(videoId, 2), null);
  expect(await sequences(ofBoth, 5)).toEqual(["hello", from + 1, from + 2, from + 3, from + 4]);
  expect(await sequences(ofTwo, 3)).toEqual(["hello", from + 2, from + 4]);
});

it("goes on after a number without loss or repetition, and says where too much was missed", async () => {
  const from = await lastSequence();
  await hub().publish(ready(one, 1), null);
  const before = await listen(`?after=${from}`);
  await hub().publish(ready(one, 2), null);
  expect(await sequences(before, 3)).toEqual(["hello", from + 1, from + 2]);
  const ahead = await listen(`?after=${from + 9}`);
  expect((await ahead.messages(2))[1]).toEqual({ type: "gap", after: from + 9, lastSequence: from + 2 });
  await runInDurableObject(hub(), (_, { storage }) => {
    storage.sql.exec("DELETE FROM events WHERE sequence <= ?", from + 1);
  });
  const late = await listen(`?after=${from}`);
  expect(await sequences(late, 3)).toEqual(["hello", "gap", from + 2]);
  expect(await sequences(await listen(`?after=${from + 1}`), 2)).toEqual(["hello", from + 2]);
});

it("answers a ping while the hub sleeps, and hears nothing else", async () => {
  const listener = await listen();
  await evictDurableObject(hub());
  listener.socket.send("ping");
  await listener.until(() => listener.heard.includes("pong"));
  listener.socket.send("subscribe");
  await listener.until(() => listener.closed !== null);
  const loud = await listen();
  loud.socket.send("x".repeat(2_000));
  await loud.until(() => loud.closed !== null);
  expect([listener.closed, loud.closed]).toEqual([1008, 1009]);
});

it("tells those who stay when others have gone, and ends a socket after an hour", async () => {
  const [gone, stays] = await Promise.all([listen(), listen()]);
  gone.socket.close(1000);
  await hub().publish(ready(one, 1), null);
  await stays.messages(2);
  await runInDurableObject(hub(), (instance) => {
    instance.nowMs = () => Date.now() + 3_600_001;
  });
  const young = await listen();
  await hub().publish(ready(one, 2), null);
  await stays.until(() => stays.closed !== null);
  expect([stays.closed, stays.heard.length, (await young.messages(2)).length]).toEqual([4000, 2, 2]);
});

it("refuses one socket too many", async () => {
  await listen();
  const open = await runInDurableObject(hub(), (_, ctx) => ctx.getWebSockets().length);
  await runInDurableObject(hub(), (instance) => {
    instance.maxListeners = open;
  });
  const refused = await upgrade("", { Authorization: `Bearer ${reader}` });
  expect([refused.status, refused.headers.get("Retry-After")]).toEqual([503, "30"]);
  expect((await problemOf(refused)).code).toBe("unavailable");
});

it("takes a key of a header too, and then speaks no protocol", async () => {
  const response = await upgrade("", { Authorization: `Bearer ${reader}` });
  expect([response.status, response.headers.get("Sec-WebSocket-Protocol")]).toEqual([101, null]);
  if (response.webSocket !== null) await new Listener(response.webSocket).messages(1);
});

it("opens for nobody without a good key or ticket", async () => {
  const stranger = await insertApiKey("uploads:write");
  const expired = await signTicket(env.OBJECT_URL_KEY, { videoId: null, expiresMs: Date.now() - 1 });
  const ofAnother = await signTicket("another key", { videoId: null, expiresMs: Date.now() + 9_000 });
  const good = await signTicket(env.OBJECT_URL_KEY, { videoId: one, expiresMs: Date.now() + 9_000 });
  const refusals: readonly (readonly [string, string, string])[] = [
    ["", "sluice.v1", "unauthenticated"],
    ["", `sluice.v1, ${reader}x`, "unauthenticated"],
    ["", `sluice.v1, ${stranger}`, "forbidden"],
    ["", `sluice.v2, ${reader}`, "badRequest"],
    ["", `sluice.v1, ${reader}, more`, "badRequest"],
    ["", `sluice.v1, ${expired}`, "unauthenticated"],
    ["", `sluice.v1, ${ofAnother}`, "unauthenticated"],
    ["", `sluice.v1, ${good}A`, "unauthenticated"],
    ["", "sluice.v1, tkt_", "unauthenticated"],
    ["", `sluice.v1, tkt_${"a".repeat(4_000)}`, "unauthenticated"],
    [`?videoId=${two}`, `sluice.v1, ${good}`, "forbidden"],
    [`?videoId=${one},${two}`, `sluice.v1, ${good}`, "forbidden"],
    ["?after=-1", `sluice.v1, ${reader}`, "invalidParameter"],
    ["?videoId=vid_x", `sluice.v1, ${reader}`, "invalidParameter"],
    [
      `?videoId=${Array.from({ length: 11 }, (_, at) => `vid_01JDC3Y5T8Z9Q2W4E6R8T0Y${100 + at}`).join(",")}`,
      `sluice.v1, ${reader}`,
      "invalidParameter",
    ],
  ];
  for (const [query, asked, code] of refusals) {
    const response = await upgrade(query, { "Sec-WebSocket-Protocol": asked });
    expect([asked.slice(0, 40), query, (await problemOf(response)).code]).toEqual([
      asked.slice(0, 40),
      query,
      code,
    ]);
  }
  const anonymous = await upgrade("", {});
  expect((await problemOf(anonymous)).code).toBe("unauthenticated");
});

it("opens with a ticket for what the ticket is for", async () => {
  const answer = await call("POST", "/v1/events/tickets", { token: reader, json: { videoId: one } });
  expect(answer.status).toBe(201);
  const { ticket, videoId } = await answer.json<{ ticket: string; videoId: string }>();
  expect(videoId).toBe(one);
  const from = await lastSequence();
  const listener = await listen("", ticket);
  for (const id of [two, one]) await hub().publish(ready(id, 1), null);
  expect(await sequences(listener, 2)).toEqual(["hello", from + 2]);
  const all = await (
    await call("POST", "/v1/events/tickets", { token: reader, json: {} })
  ).json<{
    ticket: string;
    videoId: null;
  }>();
  expect(all.videoId).toBeNull();
  const ofAll = await listen("", all.ticket);
  await hub().publish(ready(two, 1), null);
  expect(await sequences(ofAll, 2)).toEqual(["hello", from + 3]);
});
