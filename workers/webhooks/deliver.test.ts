import { env } from "cloudflare:workers";
import { Webhook as Verifier } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { emitted } from "#workers/events/emit.ts";
import { always } from "#workers/outbox/outbox.ts";
import { sendAll, sweepOutbox } from "#workers/outbox/outbox.ts";
import { call, insertApiKey } from "#workers/testing/api-client.ts";
import { WebhookQueue } from "#workers/testing/webhook-queue.ts";
import { createVideo, openVideo } from "#workers/videos/create.ts";
import type { Delivery, Webhook } from "./contract.ts";
import { post } from "./post.ts";
import { keptMs, sweepWebhooks } from "./sweep.ts";

const url = "https://hooks.example/sluice";
const dayMs = 24 * 3_600_000;
let queue: WebhookQueue;
let token: string;

beforeEach(async () => {
  for (const table of ["outbox", "webhooks", "webhook_events", "webhook_deliveries", "webhook_attempts"])
    await env.DB.prepare(`DELETE FROM ${table}`).run();
  token = await insertApiKey("webhooks:read", "webhooks:write");
  queue = new WebhookQueue(Date.now());
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function api<T>(method: string, path: string, json?: unknown): Promise<T> {
  const answer = await call(method, path, { token, ...(json === undefined ? {} : { json }) });
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return answer.json();
}

function makeWebhook(more: object = {}): Promise<Webhook & { secret: string }> {
  return api("POST", "/v1/webhooks", { url, ...more });
}

async function deliveriesOf({ id }: { readonly id: string }): Promise<readonly Delivery[]> {
  return (await api<{ data: Delivery[] }>("GET", `/v1/webhooks/${id}/deliveries`)).data;
}

const newVideo = {
  ...openVideo,
  title: "Launch ü",
  creator: null,
  metadata: {},
  policy: "public",
  segmentFragments: 2,
} as const;

/** A video that is made tells of it. */
async function makeVideo(): Promise<string> {
  const { videoId, statements, told } = createVideo(env.DB, newVideo, queue.nowMs);
  await env.DB.batch([...statements]);
  await sendAll(env, told);
  return videoId;
}

describe("a delivery", () => {
  it("is what standardwebhooks verifies, and shows the whole video", async () => {
    const { secret } = await makeWebhook();
    const videoId = await makeVideo();
    await queue.run();
    const [received] = queue.received;
    if (received === undefined) throw new Error("nothing came");
    const event = new Verifier(secret).verify(received.body, received.headers);
    expect(event).toMatchObject({
      id: received.headers["webhook-id"],
      type: "video.created",
      data: { id: videoId, title: "Launch ü", playbackIds: [{ policy: "public" }] },
    });
    expect(() =>
      new Verifier(secret).verify(received.body.replace("Launch", "Lunch"), received.headers),
    ).toThrow();
  });

  it("is signed by the secrets of before too while they overlap, and not after", async () => {
    const { id, secret: first } = await makeWebhook();
    const path = `/v1/webhooks/${id}/rotate`;
    const { secret: second } = await api<{ secret: string }>("POST", path, { overlapSeconds: 3_600 });
    await makeVideo();
    await queue.run();
    const [both] = queue.received;
    if (both === undefined) throw new Error("nothing came");
    for (const secret of [first, second]) new Verifier(secret).verify(both.body, both.headers);
    queue.nowMs += 3_700_000;
    await makeVideo();
    await queue.run();
    expect(both.headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    expect(queue.received[1]?.headers["webhook-signature"]?.split(" ")).toHaveLength(1);
  });

  it("goes to those who chose its event, and to none that is disabled", async () => {
    const of = (path: string) => `https://hooks.example/${path}`;
    await makeWebhook({ url: of("all") });
    await makeWebhook({ url: of("videos"), events: ["video.*"] });
    await makeWebhook({ url: of("created"), events: ["video.created", "upload.failed"] });
    await makeWebhook({ url: of("uploads"), events: ["upload.*"] });
    await makeWebhook({ url: of("disabled"), enabled: false });
    await makeVideo();
    await queue.run();
    expect(queue.received.map((received) => received.url).toSorted()).toEqual([
      of("all"),
      of("created"),
      of("videos"),
    ]);
  });

  it("is tried for over a day under one id, less and less often, and then given up", async () => {
    const webhook = await makeWebhook();
    queue.endpoints.set(url, () => new Response("no", { status: 500 }));
    await makeVideo();
    await queue.run(queue.nowMs + 3 * dayMs);
    const times = queue.received.map(({ atMs }) => atMs);
    const waits = times.slice(1).map((atMs, at) => (atMs - (times[at] ?? 0)) / 1000);
    const least = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];
    expect(waits).toHaveLength(least.length);
    for (const [at, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(least[at] ?? 0);
      // A queue holds a message back for 12 hours at most.
      expect(wait).toBeLessThanOrEqual(Math.min((least[at] ?? 0) * 1.1 + 1, 12 * 3_600));
    }
    expect(new Set(queue.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    const [delivery] = await deliveriesOf(webhook);
    expect(delivery).toMatchObject({ state: "failed", nextAttemptAt: null });
    expect(delivery?.attempts).toHaveLength(8);
    expect(delivery?.attempts[7]).toMatchObject({
      number: 8,
      response: { status: 500, body: "no" },
      error: { code: "notTaken" },
    });
  });

  it.each([429, 503])(
    "that is answered %i comes back when Retry-After says, and not before",
    async (status) => {
      const webhook = await makeWebhook();
      const asked = [
        "900",
        new Date(queue.nowMs + 5 * 3_600_000).toUTCString(),
        String(90 * 24 * 3_600),
        "1",
      ];
      queue.endpoints.set(url, () => {
        const text = asked[queue.received.length - 1];
        if (text === undefined) return new Response(null, { status: 204 });
        // More headers than are kept.
        const many = Array.from({ length: 40 }, (_, at) => [`a-${at}`, "x"] as const);
        return new Response("busy", { status, headers: [...many, ["Retry-After", text]] });
      });
      await makeVideo();
      await queue.run(queue.nowMs + 4 * dayMs);
      const times = queue.received.map(({ atMs }) => atMs);
      const waits = times.slice(1).map((atMs, at) => Math.round((atMs - (times[at] ?? 0)) / 1000));
      const least = [900, 5 * 3_600 - 1_000, 10 * 3_600, 7_200];
      expect(waits).toHaveLength(least.length);
      for (const [at, wait] of waits.entries()) {
        expect(wait).toBeGreaterThanOrEqual(least[at] ?? 0);
        expect(wait).toBeLessThanOrEqual(Math.min((least[at] ?? 0) * 1.2, 12 * 3_600));
      }
      expect((await deliveriesOf(webhook))[0]).toMatchObject({ state: "delivered" });
    },
  );

  it("that failed succeeds when it is sent again by hand", async () => {
    const webhook = await makeWebhook();
    queue.endpoints.set(url, () => new Response(null, { status: 503 }));
    await makeVideo();
    await queue.run(queue.nowMs + 3 * dayMs);
    queue.endpoints.clear();
    const [failed] = await deliveriesOf(webhook);
    await api("POST", `/v1/webhooks/${webhook.id}/deliveries/${failed?.id}/resend`);
    await queue.run();
    const [delivery] = await deliveriesOf(webhook);
    expect(delivery).toMatchObject({ id: failed?.id, state: "delivered" });
    expect(delivery?.attempts).toHaveLength(9);
    expect(new Set(queue.received.map(({ body }) => body)).size).toBe(1);
  });

  it("that comes twice from the queue is made once", async () => {
    await makeWebhook();
    await makeVideo();
    const [event] = queue.queued.splice(0).map(({ body }) => body);
    if (event === undefined) throw new Error("nothing was sent");
    await queue.give([event, event]);
    await queue.give([event]);
    const messages = queue.queued.splice(0).map(({ body }) => body);
    await Promise.all([queue.give([...messages, ...messages]), queue.give(messages)]);
    expect(queue.received).toHaveLength(1);
  });

  it("is made though its messages were lost", async () => {
    await makeWebhook();
    await makeVideo();
    queue.queued.length = 0;
    queue.nowMs += 61_000;
    await sweepOutbox(env, queue.nowMs);
    const [event] = queue.queued.splice(0).map(({ body }) => body);
    if (event === undefined) throw new Error("the outbox did not send again");
    await queue.give([event]);
    queue.queued.length = 0;
    queue.nowMs += 61_000;
    await sweepWebhooks(env, queue.nowMs);
    await queue.run();
    expect(queue.received).toHaveLength(1);
  });

  it("is made once more after the one that was making it has died", async () => {
    const webhook = await makeWebhook();
    await makeVideo();
    await queue.run();
    await env.DB.prepare(
      "UPDATE webhook_deliveries SET state = 'pending', attempts = 1, due_at = ?, completed_at = NULL",
    )
      .bind(queue.nowMs + 30_000)
      .run();
    await sweepWebhooks(env, queue.nowMs);
    expect(queue.queued).toEqual([]);
    queue.nowMs += 91_000;
    await sweepWebhooks(env, queue.nowMs);
    await queue.run();
    expect((await deliveriesOf(webhook)).map(({ state }) => state)).toEqual(["delivered"]);
    expect(queue.received).toHaveLength(2);
  });

  it("whose secret can't be opened sends nothing and says why, and the others of its batch are made once", async () => {
    const others = [await makeWebhook(), await makeWebhook()];
    const broken = await makeWebhook();
    const { results } = await env.DB.prepare("SELECT secrets FROM webhooks WHERE id = ?")
      .bind(others[0]?.id)
      .all();
    await env.DB.prepare("UPDATE webhooks SET secrets = ? WHERE id = ?")
      .bind(results[0]?.["secrets"], broken.id)
      .run();
    await makeVideo();
    await queue.run();
    expect(queue.received).toHaveLength(2);
    for (const other of others) expect(await deliveriesOf(other)).toMatchObject([{ state: "delivered" }]);
    expect(await deliveriesOf(broken)).toMatchObject([
      { state: "pending", attempts: [{ error: { code: "secretUnusable" } }] },
    ]);
  });

  it("leaves nothing behind where its webhook was deleted meanwhile", async () => {
    const webhook = await makeWebhook();
    queue.endpoints.set(url, async () => {
      await call("DELETE", `/v1/webhooks/${webhook.id}`, { token });
      return new Response("late", { status: 500 });
    });
    await makeVideo();
    await queue.run(queue.nowMs + dayMs);
    expect(queue.received).toHaveLength(1);
    for (const table of ["webhooks", "webhook_deliveries", "webhook_attempts"])
      expect(await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first("n")).toBe(0);
  });

  it("shows no secret and no signature, in its log or ours", async () => {
    const lines: string[] = [];
    for (const level of ["log", "warn", "error"] as const)
      vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(line));
    const webhook = await makeWebhook();
    queue.endpoints.set(url, () => new Response("no", { status: 500, headers: { "Set-Cookie": "a=b" } }));
    await makeVideo();
    await queue.run();
    const [received] = queue.received;
    const signature = received?.headers["webhook-signature"]?.slice("v1,".length) ?? "";
    const shown = JSON.stringify([await deliveriesOf(webhook), await api("GET", "/v1/webhooks")]);
    for (const text of [shown, lines.join("\n")]) {
      expect(text).not.toContain(webhook.secret.slice("whsec_".length));
      expect(text).not.toContain(signature);
    }
    expect(signature).not.toBe("");
    expect(shown).not.toContain("a=b");
    expect(JSON.parse(shown)).toMatchObject([[{ request: { body: received?.body } }], {}]);
  });

  it("is forgotten after 30 days, with its body and attempts", async () => {
    await makeWebhook();
    await makeVideo();
    await queue.run();
    await sweepWebhooks(env, queue.nowMs + keptMs);
    const count = async () =>
      Promise.all(
        ["webhook_events", "webhook_deliveries", "webhook_attempts"].map((table) =>
          env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first("n"),
        ),
      );
    expect(await count()).toEqual([1, 1, 1]);
    await sweepWebhooks(env, queue.nowMs + keptMs + 1);
    expect(await count()).toEqual([0, 0, 0]);
  });
});

describe("an endpoint", () => {
  it("that answers 410 is disabled at once, and the others are told", async () => {
    const gone = await makeWebhook();
    const other = await makeWebhook({ url: "https://hooks.example/other", events: ["webhook.disabled"] });
    queue.endpoints.set(url, () => new Response(null, { status: 410 }));
    await makeVideo();
    await makeVideo();
    await queue.run(queue.nowMs + dayMs);
    expect(await api("GET", `/v1/webhooks/${gone.id}`)).toMatchObject({
      enabled: false,
      disabledReason: "gone",
    });
    const [told, ...more] = queue.received.filter((received) => received.url !== url);
    expect(more).toEqual([]);
    expect(new Verifier(other.secret).verify(told?.body ?? "", told?.headers ?? {})).toMatchObject({
      type: "webhook.disabled",
      data: { id: gone.id, enabled: false, disabledReason: "gone" },
    });
    expect((await deliveriesOf(gone)).map(({ state }) => state)).toEqual(["failed", "failed"]);
  });

  it("that has taken nothing for five days is disabled, and begins anew when it is enabled", async () => {
    const webhook = await makeWebhook();
    queue.endpoints.set(url, () => new Response(null, { status: 500 }));
    await makeVideo();
    await queue.run(queue.nowMs + 5 * dayMs);
    const path = `/v1/webhooks/${webhook.id}`;
    expect(await api("GET", path)).toMatchObject({ enabled: true });
    await makeVideo();
    await queue.run();
    expect(await api("GET", path)).toMatchObject({ enabled: false, disabledReason: "failing" });
    expect(await api("PATCH", path, { enabled: true })).toMatchObject({
      enabled: true,
      disabledReason: null,
      failingSince: null,
    });
    await makeVideo();
    await queue.run();
    expect(await api("GET", path)).toMatchObject({ enabled: true });
  });

  it("that took something since is not", async () => {
    const webhook = await makeWebhook();
    let status = 500;
    queue.endpoints.set(url, () => new Response(null, { status }));
    await makeVideo();
    await queue.run(queue.nowMs + 4 * dayMs);
    status = 204;
    await makeVideo();
    await queue.run(queue.nowMs + 2 * dayMs);
    status = 500;
    await makeVideo();
    await queue.run();
    expect(await api("GET", `/v1/webhooks/${webhook.id}`)).toMatchObject({ enabled: true });
  });

  it("may be one of a thousand, which all are told", async () => {
    const webhook = await makeWebhook();
    await env.DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
       INSERT INTO webhooks SELECT id || n.i, url || n.i, description, events, enabled, disabled_reason, secrets,
         api_origin, failing_since, created_at, updated_at FROM webhooks, n WHERE id = ?`,
    )
      .bind(webhook.id)
      .run();
    expect((await call("POST", "/v1/webhooks", { token, json: { url } })).status).toBe(409);
    await makeVideo();
    const [event] = queue.queued.splice(0).map(({ body }) => body);
    if (event === undefined) throw new Error("nothing was sent");
    await queue.give([event]);
    expect(queue.queued).toHaveLength(1_000);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM webhook_deliveries").first("n")).toBe(1_000);
  });
});

describe("one attempt", () => {
  const wanted = { url, eventId: "evt_1", body: "{}", secrets: [] };
  const attempt = () => post(env, wanted, Date.now, 60);

  it("ends in time though nobody answers", async () => {
    queue.endpoints.set(url, () => new Promise<Response>(() => undefined));
    expect(await attempt()).toMatchObject({ answer: null, error: { code: "timedOut" } });
  });

  it("is a success by its status, though the body never ends", async () => {
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(10_000).fill(97)),
      });
    queue.endpoints.set(url, () => new Response(endless()));
    const posted = await attempt();
    expect(posted.error).toBeNull();
    expect(posted.answer?.body).toBe("a".repeat(1_024));
    queue.endpoints.set(
      url,
      () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) })),
    );
    expect(await attempt()).toMatchObject({ answer: { status: 200, body: "" }, error: null });
  });

  it("follows no redirect", async () => {
    queue.endpoints.set(
      url,
      () => new Response(null, { status: 302, headers: { Location: "https://a.example/" } }),
    );
    expect(await attempt()).toMatchObject({ answer: { status: 302 }, error: { code: "redirected" } });
    expect(queue.received).toHaveLength(1);
  });

  it("goes to no private address", async () => {
    const posted = await post(env, { ...wanted, url: "https://127.0.0.1/" }, Date.now, 60);
    expect(posted).toMatchObject({ answer: null, error: { code: "targetRefused" } });
    expect(queue.received).toEqual([]);
  });

  it("says nothing of how a connection broke", async () => {
    queue.endpoints.set(url, () => {
      throw new TypeError("connect ECONNREFUSED 10.0.0.1");
    });
    expect(await attempt()).toMatchObject({ answer: null, error: { code: "notReached" } });
    expect(JSON.stringify(await attempt())).not.toContain("10.0.0.1");
  });
});

describe("an event of something else", () => {
  it("carries what its emitter showed", async () => {
    const webhook = await makeWebhook({ events: ["webhook.disabled"] });
    const told = emitted(env.DB, { type: "webhook.disabled", data: webhook }, queue.nowMs, always);
    await told.statement.run();
    await sendAll(env, [told]);
    await queue.run();
    expect(JSON.parse(queue.received[0]?.body ?? "")).toMatchObject({ data: { id: webhook.id } });
  });
});

describe("whoever listens", () => {
  const heard = async (videoId: string) =>
    (await env.EVENT_HUB.getByName("hub").since(0))
      .map(({ event }) => event)
      .filter((event) => event.videoId === videoId);

  it("is told of a committed event once, though its message comes twice and there is no webhook", async () => {
    const videoId = await makeVideo();
    const messages = queue.queued.map(({ body }) => body);
    await queue.run();
    await queue.give(messages);
    expect(await heard(videoId)).toEqual([{ type: "video.created", videoId, atMs: expect.any(Number) }]);
  });

  it("is told what came to videos, uploads, captions and jobs, and nothing twice that is told at once", async () => {
    const videoId = await makeVideo();
    const upload = "upl_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4";
    await env.DB.prepare(
      `INSERT INTO uploads (id, video_id, state, created_at, expires_at) VALUES (?, ?, 'open', 0, 0)`,
    )
      .bind(upload, videoId)
      .run();
    const events = [
      { type: "video.updated", videoId },
      { type: "upload.completed", uploadId: upload },
      { type: "video.ready", videoId },
      { type: "video.deleted", videoId },
    ] as const;
    const told = events.map((event) => emitted(env.DB, event, queue.nowMs, always));
    await env.DB.batch(told.map(({ statement }) => statement));
    await sendAll(env, told);
    await queue.run();
    expect((await heard(videoId)).map(({ type }) => type)).toEqual([
      "video.created",
      "video.updated",
      "upload.completed",
      "video.deleted",
    ]);
    expect((await heard(videoId))[2]).toMatchObject({ uploadId: upload });
  });

  it("that can't be told holds no delivery up", async () => {
    await makeWebhook();
    const hub = vi.spyOn(env.EVENT_HUB, "getByName").mockImplementation(() => {
      throw new Error("away");
    });
    await makeVideo();
    await queue.run();
    hub.mockRestore();
    expect(queue.received).toHaveLength(1);
  });
});
