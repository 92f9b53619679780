// The queue of webhooks on a clock that jumps, and endpoints on the other side of a faked network.
import { createExecutionContext, createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { consumeWebhooks } from "#workers/webhooks/consume.ts";
import type { WebhookMessage } from "#workers/webhooks/message.ts";

interface Queued {
  readonly atMs: number;
  readonly body: WebhookMessage;
}

export interface Received {
  readonly url: string;
  readonly atMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const noMetrics = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
const batchSize = 25;

export class WebhookQueue {
  nowMs: number;
  readonly queued: Queued[] = [];
  readonly received: Received[] = [];
  /** By URL; others answer 204. */
  readonly endpoints = new Map<string, (received: Received) => Response | Promise<Response>>();

  constructor(nowMs: number) {
    this.nowMs = nowMs;
    vi.spyOn(env.WEBHOOK_QUEUE, "send").mockImplementation(async (body) => {
      this.queued.push({ atMs: this.nowMs, body });
      return noMetrics;
    });
    vi.spyOn(env.WEBHOOK_QUEUE, "sendBatch").mockImplementation(async (messages) => {
      for (const { body, delaySeconds = 0 } of messages)
        this.queued.push({ atMs: this.nowMs + delaySeconds * 1000, body });
      return noMetrics;
    });
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const request = new Request(input, init);
      const received = {
        url: request.url,
        atMs: this.nowMs,
        headers: Object.fromEntries(request.headers),
        body: await request.text(),
      };
      this.received.push(received);
      return this.endpoints.get(request.url)?.(received) ?? new Response(null, { status: 204 });
    });
  }

  /** Everything that is due by then, each at its time. */
  async run(untilMs = this.nowMs): Promise<void> {
    for (;;) {
      const nextMs = Math.min(...this.queued.map(({ atMs }) => atMs));
      if (nextMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      const due = this.queued.filter(({ atMs }) => atMs <= this.nowMs).slice(0, batchSize);
      for (const message of due) this.queued.splice(this.queued.indexOf(message), 1);
      await this.give(due.map(({ body }) => body));
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  async give(bodies: readonly WebhookMessage[]): Promise<void> {
    const messages = bodies.map((body, at) => ({
      id: String(at),
      timestamp: new Date(this.nowMs),
      attempts: 1,
      body,
    }));
    const batch = createMessageBatch<WebhookMessage>("sluice-webhooks", messages);
    await consumeWebhooks(batch, env, createExecutionContext(), () => this.nowMs);
  }
}
