// An event of nothing but itself, for one webhook.
import { eventBody } from "#workers/events/present-event.ts";
import { newId } from "#workers/ids.ts";
import { insertDeliveries, insertEvent } from "./fan-out.ts";
import { toWebhook } from "./present.ts";
import type { WebhookRow } from "./store.ts";

export async function makeTestDelivery(db: D1Database, webhook: WebhookRow, nowMs: number): Promise<string> {
  const event = { eventId: newId("event", nowMs), type: "webhook.test", atMs: nowMs };
  const resource = JSON.stringify(toWebhook(webhook, nowMs));
  // It holds no URL of ours.
  const body = eventBody({ ...event, resource }, { api: webhook.apiOrigin, playback: webhook.apiOrigin });
  const id = newId("webhookDelivery", nowMs);
  await db.batch([
    insertEvent(db, event, webhook.apiOrigin, body, nowMs),
    insertDeliveries(db, event, [{ id, webhookId: webhook.id }], nowMs),
  ]);
  return id;
}
