import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { call, insertApiKey, problemOf } from "#workers/testing/api-client.ts";
import { WebhookQueue } from "#workers/testing/webhook-queue.ts";
import type { Delivery, Webhook } from "./contract.ts";

const url = "https://hooks.example/sluice";
let queue: WebhookQueue;
let token: string;

beforeEach(async () => {
  for (const table of ["webhooks", "webhook_events", "webhook_deliveries", "webhook_attempts"])
    await env.DB.prepare(`DELETE FROM ${table}`).run();
  token = await insertApiKey("webhooks:read", "webhooks:write");
  queue = new WebhookQueue(Date.now());
});
afterEach(() => {
  vi.restoreAllMocks();
});

type Made = Webhook & { readonly secret: string };

async function make(more: object = {}): Promise<Made> {
  const answer = await call("POST", "/v1/webhooks", { token, json: { url, ...more } });
  expect(answer.status).toBe(201);
  return answer.json();
}

async function get<T>(path: string): Promise<T> {
  return (await call("GET", path, { token })).json();
}

describe("a webhook", () => {
  it("shows its secret when it is made, and never again", async () => {
    const { secret, ...webhook } = await make({ description: "mine", events: ["video.*"] });
    expect(atob(secret.slice("whsec_".length))).toHaveLength(32);
    expect(webhook).toMatchObject({ url, description: "mine", events: ["video.*"], enabled: true });
    expect(await get(`/v1/webhooks/${webhook.id}`)).toEqual(webhook);
    expect(await get("/v1/webhooks")).toEqual({ data: [webhook], nextCursor: null });
    const row = await env.DB.prepare("SELECT * FROM webhooks").first();
    expect(JSON.stringify(row)).not.toContain(secret.slice("whsec_".length));
  });

  it("is changed as asked, and no further", async () => {
    const { secret: _secret, ...before } = await make();
    const path = `/v1/webhooks/${before.id}`;
    const answer = await call("PATCH", path, { token, json: { enabled: false } });
    const after = await answer.json<Webhook>();
    expect(after).toEqual({
      ...before,
      enabled: false,
      disabledReason: "byRequest",
      updatedAt: after.updatedAt,
    });
    expect((await call("POST", `${path}/test`, { token })).status).toBe(409);
  });

  it.each([
    { url: "not a url" },
    { url: "ftp://a.example/" },
    { url: "http://a.example/" },
    { url: "https://10.0.0.1/" },
    { url, events: [] },
    { url, events: ["video.exploded"] },
    { url, events: ["upl.*"] },
    { url, events: ["*", "*"] },
    { url, more: 1 },
    {},
  ])("is not made of %j", async (json) => {
    expect((await problemOf(await call("POST", "/v1/webhooks", { token, json }))).code).toBe("unprocessable");
  });

  it("takes a key that may", async () => {
    const { id } = await make();
    const reader = await insertApiKey("webhooks:read");
    expect((await call("GET", `/v1/webhooks/${id}`, { token: reader })).status).toBe(200);
    expect((await call("DELETE", `/v1/webhooks/${id}`, { token: reader })).status).toBe(403);
    const other = await insertApiKey("videos:read", "videos:write");
    expect((await call("GET", "/v1/webhooks", { token: other })).status).toBe(403);
    expect((await call("GET", "/v1/webhooks")).status).toBe(401);
  });

  it("has three secrets at most, of which the newest stays", async () => {
    const { id } = await make();
    const rotate = (json: object) => call("POST", `/v1/webhooks/${id}/rotate`, { token, json });
    for (const _ of [2, 3]) expect((await rotate({})).status).toBe(200);
    expect((await rotate({})).status).toBe(409);
    const ended = await (await rotate({ overlapSeconds: 0 })).json<Made>();
    expect(ended.secrets).toEqual([expect.objectContaining({ endsAt: null })]);
  });

  it("is listed page by page, though others are made meanwhile", async () => {
    const made: string[] = [];
    for (const _ of [1, 2, 3]) made.unshift((await make()).id);
    const first = await get<{ data: Webhook[]; nextCursor: string }>("/v1/webhooks?limit=2");
    await make();
    const second = await get<{ data: Webhook[]; nextCursor: null }>(
      `/v1/webhooks?limit=2&cursor=${first.nextCursor}`,
    );
    expect([...first.data, ...second.data].map(({ id }) => id).toSorted()).toEqual(made.toSorted());
  });
});

describe("the log of deliveries", () => {
  const test = async (id: string): Promise<Delivery> =>
    (await call("POST", `/v1/webhooks/${id}/test`, { token })).json();

  it("shows a test event, whatever was chosen, for that webhook alone", async () => {
    const { id } = await make({ events: ["upload.*"] });
    await make({ url: "https://hooks.example/other" });
    const pending = await test(id);
    expect(pending).toMatchObject({ type: "webhook.test", state: "pending", attempts: [] });
    await queue.run();
    expect(queue.received.map((received) => received.url)).toEqual([url]);
    const delivery = await get<Delivery>(`/v1/webhooks/${id}/deliveries/${pending.id}`);
    expect(delivery).toMatchObject({
      state: "delivered",
      attempts: [{ response: { status: 204 }, error: null }],
    });
    expect(JSON.parse(delivery.request.body)).toMatchObject({ type: "webhook.test", data: { id } });
    expect(delivery.attempts[0]?.request.headers["webhook-id"]).toBe(delivery.eventId);
  });

  it("is walked page by page and filtered", async () => {
    const { id } = await make();
    const ids = [];
    for (const _ of [1, 2, 3]) ids.push((await test(id)).id);
    const of = (query: string) =>
      get<{ data: Delivery[]; nextCursor: string | null }>(`/v1/webhooks/${id}/deliveries?${query}`);
    const first = await of("limit=2");
    const second = await of(`limit=2&cursor=${first.nextCursor ?? ""}`);
    expect([...first.data, ...second.data].map((delivery) => delivery.id).toSorted()).toEqual(ids.toSorted());
    expect((await of("state=delivered")).data).toEqual([]);
    await queue.run();
    expect((await of("state=delivered&type=webhook.*")).data).toHaveLength(3);
    expect((await of("type=video.*")).data).toEqual([]);
  });

  it("is of one webhook: another one's deliveries are unknown to it", async () => {
    const [mine, other] = [await make(), await make()];
    const delivery = await test(other.id);
    const path = `/v1/webhooks/${mine.id}/deliveries/${delivery.id}`;
    expect((await call("GET", path, { token })).status).toBe(404);
    expect((await call("POST", `${path}/resend`, { token })).status).toBe(404);
    expect((await call("GET", "/v1/webhooks/hook_none/deliveries", { token })).status).toBe(404);
  });
});
