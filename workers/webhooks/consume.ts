// The consumer of sluice-webhooks: events become deliveries, deliveries are made. What fails here comes again from the
// queue, and from the sweep by the rows; both find what was done.
import type { Env } from "#workers/env.ts";
import { log } from "#workers/http/log.ts";
import { count } from "#workers/metrics/count.ts";
import { deliver } from "./deliver.ts";
import { fanOut } from "./fan-out.ts";
import type { DeliverMessage, WebhookMessage } from "./message.ts";

/** Of a queue's `sendBatch`. */
const messagesAtOnce = 100;

export async function consumeWebhooks(
  batch: MessageBatch<WebhookMessage>,
  env: Env,
  ctx: ExecutionContext,
  nowMs: () => number = Date.now,
): Promise<void> {
  const bodies = batch.messages.map(({ body }) => body);
  const first = await fanOut(
    env,
    bodies.filter((body) => body.kind === "event"),
    nowMs(),
  );
  await sendDeliveries(
    env,
    first.map((body) => ({ body })),
  );
  const next = await deliver(
    env,
    ctx,
    bodies.filter((body) => body.kind === "deliver"),
    nowMs,
  );
  await sendDeliveries(env, next);
}

export async function sendDeliveries(
  env: Env,
  messages: readonly MessageSendRequest<DeliverMessage>[],
): Promise<void> {
  for (let from = 0; from < messages.length; from += messagesAtOnce)
    await env.WEBHOOK_QUEUE.sendBatch(messages.slice(from, from + messagesAtOnce));
}

/** The rows stay, and the sweep sends again what they say: nothing is given up here, only told of. */
export async function consumeWebhooksDead(
  batch: MessageBatch<WebhookMessage>,
  env: Env,
  ctx: ExecutionContext,
): Promise<void> {
  for (const { body, attempts } of batch.messages) {
    const id = body.kind === "event" ? body.outboxId : body.deliveryId;
    log("error", "webhook.deadLetter", { kind: body.kind, id, attempts });
    count(env, ctx, "dead_letters_total", { queue: "webhooks" });
  }
}
