// From an event to its deliveries: a row for each endpoint that chose it, one in the history of its video, and the outbox
// row goes in the same batch.
// Idempotent: an event that comes again finds its row gone, or its deliveries there.
import type { Env } from "#workers/env.ts";
import { noted } from "#workers/events/history.ts";
import { isChosen } from "#workers/events/event-types.ts";
import { eventBody, type CommittedEvent } from "#workers/events/present-event.ts";
import { publishCommitted } from "#workers/events/publish.ts";
import { sitesAt } from "#workers/http/host.ts";
import { newId } from "#workers/ids.ts";
import type { DeliverMessage, EventMessage } from "./message.ts";

interface Endpoint {
  readonly id: string;
  readonly choices: readonly string[];
  readonly apiOrigin: string;
}

interface PlannedDelivery {
  readonly id: string;
  readonly webhookId: string;
}

export async function fanOut(
  env: Env,
  messages: readonly EventMessage[],
  nowMs: number,
): Promise<readonly DeliverMessage[]> {
  if (messages.length === 0) return [];
  const { DB } = env;
  const ids = messages.map(({ outboxId }) => outboxId);
  const [rows, hooks] = await DB.batch([
    DB.prepare(
      "SELECT id, body, created_at, resource FROM outbox WHERE id IN (SELECT value FROM json_each(?)) ORDER BY rowid",
    ).bind(JSON.stringify(ids)),
    DB.prepare("SELECT id, events, api_origin FROM webhooks WHERE enabled = 1"),
  ]);
  if (rows === undefined || hooks === undefined) throw new Error("a batch answers every statement");
  const endpoints = (hooks.results as { id: string; events: string; api_origin: string }[]).map(toEndpoint);
  const statements: D1PreparedStatement[] = [];
  const sent: DeliverMessage[] = [];
  const events = (rows.results as OutboxRow[]).map(toEvent);
  // Before the rows go: whoever listens is told again rather than not.
  await publishCommitted(env, events);
  for (const event of events) {
    const chosen = endpoints.filter(({ choices }) => isChosen(choices, event.type));
    const deliveries = chosen.map(({ id }) => ({ id: newId("webhookDelivery", nowMs), webhookId: id }));
    if (chosen.length > 0) {
      statements.push(
        ...[...new Set(chosen.map(({ apiOrigin }) => apiOrigin))].map((origin) =>
          insertEvent(DB, event, origin, eventBody(event, sitesAt(origin, env)), nowMs),
        ),
        insertDeliveries(DB, event, deliveries, nowMs),
      );
    }
    statements.push(...noted(DB, event.outboxId, event));
    statements.push(DB.prepare("DELETE FROM outbox WHERE id = ?").bind(event.outboxId));
    sent.push(...deliveries.map(({ id }) => ({ kind: "deliver" as const, deliveryId: id, attempt: 1 })));
  }
  if (statements.length > 0) await DB.batch(statements);
  return sent;
}

interface OutboxRow {
  readonly id: string;
  readonly body: string;
  readonly created_at: number;
  readonly resource: string;
}

function toEvent({
  id,
  body,
  created_at,
  resource,
}: OutboxRow): CommittedEvent & { readonly outboxId: string } {
  // Own rows only: what `outgoingEvent` wrote.
  const { eventId, type } = JSON.parse(body) as EventMessage;
  return { outboxId: id, eventId, type, atMs: created_at, resource };
}

function toEndpoint({
  id,
  events,
  api_origin,
}: {
  id: string;
  events: string;
  api_origin: string;
}): Endpoint {
  return { id, choices: JSON.parse(events) as string[], apiOrigin: api_origin };
}

export function insertEvent(
  db: D1Database,
  { eventId, type }: Pick<CommittedEvent, "eventId" | "type">,
  apiOrigin: string,
  body: string,
  nowMs: number,
): D1PreparedStatement {
  return db
    .prepare(
      "INSERT OR IGNORE INTO webhook_events (id, api_origin, type, body, created_at) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(eventId, apiOrigin, type, body, nowMs);
}

/** The first attempt is due at once. */
export function insertDeliveries(
  db: D1Database,
  { eventId, type }: Pick<CommittedEvent, "eventId" | "type">,
  deliveries: readonly PlannedDelivery[],
  nowMs: number,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT OR IGNORE INTO webhook_deliveries (id, webhook_id, event_id, type, state, due_at, created_at)
       SELECT new.value ->> 'id', w.id, ?2, ?3, 'pending', ?4, ?4
       FROM json_each(?1) AS new JOIN webhooks w ON w.id = new.value ->> 'webhookId'`,
    )
    .bind(JSON.stringify(deliveries), eventId, type, nowMs);
}
