// Webhooks and their deliveries in D1, as the API reads and changes them.
import { and, asc, desc, eq, like, lt, sql, type Column, type SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { webhookAttempts, webhookDeliveries, webhookEvents, webhooks } from "#workers/storage/schema.ts";
import type { DeliveryQuery, WebhookPatch } from "./contract.ts";
import { endPending } from "./disable.ts";

export type WebhookRow = typeof webhooks.$inferSelect;
export type DeliveryRow = typeof webhookDeliveries.$inferSelect;
export type AttemptRow = typeof webhookAttempts.$inferSelect;

/** Each costs a row and a request an event. */
export const maxWebhooks = 1_000;

export async function findWebhook(db: D1Database, webhookId: string): Promise<WebhookRow | null> {
  return (await drizzle(db).select().from(webhooks).where(eq(webhooks.id, webhookId)).get()) ?? null;
}

/** False: there are as many as may be. */
export async function insertWebhook(db: D1Database, row: WebhookRow): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `INSERT INTO webhooks (id, url, description, events, enabled, disabled_reason, secrets, api_origin, created_at, updated_at)
       SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM webhooks) < ?`,
    )
    .bind(
      ...[row.id, row.url, row.description, row.events, row.enabled, row.disabledReason, row.secrets],
      ...[row.apiOrigin, row.createdAt, row.updatedAt, maxWebhooks],
    )
    .run();
  return meta.changes > 0;
}

/** Newest first; one row more than asked tells whether there is a next page. */
export async function listWebhooks(
  db: D1Database,
  limit: number,
  beforeId: string | null,
): Promise<{ readonly rows: readonly WebhookRow[]; readonly more: boolean }> {
  const found = await drizzle(db)
    .select()
    .from(webhooks)
    .where(beforeId === null ? undefined : lt(webhooks.id, beforeId))
    .orderBy(desc(webhooks.id))
    .limit(limit + 1);
  return { rows: found.slice(0, limit), more: found.length > limit };
}

export async function patchWebhook(
  db: D1Database,
  webhookId: string,
  { url, description, events, enabled }: WebhookPatch,
  nowMs: number,
): Promise<WebhookRow | null> {
  const fields = {
    ...(url === undefined ? {} : { url }),
    ...(description === undefined ? {} : { description }),
    ...(events === undefined ? {} : { events: JSON.stringify(events) }),
    ...(enabled === undefined ? {} : enabled ? enabling : { enabled: 0, disabled_reason: "byRequest" }),
    updated_at: nowMs,
  };
  const names = Object.keys(fields);
  await db.batch([
    db
      .prepare(`UPDATE webhooks SET ${names.map((name) => `${name} = ?`).join(", ")} WHERE id = ?`)
      .bind(...Object.values(fields), webhookId),
    endPending(db, webhookId, nowMs),
  ]);
  return findWebhook(db, webhookId);
}

const enabling = { enabled: 1, disabled_reason: null, failing_since: null };

/** False: another call has changed them. */
export async function replaceSecrets(
  db: D1Database,
  webhookId: string,
  before: string,
  after: string,
  nowMs: number,
): Promise<boolean> {
  const { meta } = await db
    .prepare("UPDATE webhooks SET secrets = ?, updated_at = ? WHERE id = ? AND secrets = ?")
    .bind(after, nowMs, webhookId, before)
    .run();
  return meta.changes > 0;
}

export async function deleteWebhook(db: D1Database, webhookId: string): Promise<boolean> {
  const [deleted] = await db.batch([
    db.prepare("DELETE FROM webhooks WHERE id = ?").bind(webhookId),
    db
      .prepare(
        "DELETE FROM webhook_attempts WHERE delivery_id IN (SELECT id FROM webhook_deliveries WHERE webhook_id = ?)",
      )
      .bind(webhookId),
    db.prepare("DELETE FROM webhook_deliveries WHERE webhook_id = ?").bind(webhookId),
  ]);
  return deleted !== undefined && deleted.meta.changes > 0;
}

export interface StoredDelivery {
  readonly row: DeliveryRow;
  readonly body: string;
  readonly attempts: readonly AttemptRow[];
}

export async function listDeliveries(
  db: D1Database,
  webhook: WebhookRow,
  { limit, state, type }: Omit<DeliveryQuery, "cursor">,
  beforeId: string | null,
): Promise<{ readonly deliveries: readonly StoredDelivery[]; readonly more: boolean }> {
  const found = await drizzle(db)
    .select()
    .from(webhookDeliveries)
    .where(
      and(
        eq(webhookDeliveries.webhookId, webhook.id),
        state === undefined ? undefined : eq(webhookDeliveries.state, state),
        typeCondition(type),
        beforeId === null ? undefined : lt(webhookDeliveries.id, beforeId),
      ),
    )
    .orderBy(desc(webhookDeliveries.id))
    .limit(limit + 1);
  const rows = found.slice(0, limit);
  return { deliveries: await withAttempts(db, webhook, rows), more: found.length > limit };
}

function typeCondition(type: string | undefined) {
  if (type === undefined || type === "*") return undefined;
  return type.endsWith(".*")
    ? like(webhookDeliveries.type, `${type.slice(0, -1)}%`)
    : eq(webhookDeliveries.type, type);
}

export async function findDelivery(
  db: D1Database,
  webhook: WebhookRow,
  deliveryId: string,
): Promise<StoredDelivery | null> {
  const rows = await drizzle(db)
    .select()
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.id, deliveryId), eq(webhookDeliveries.webhookId, webhook.id)));
  return (await withAttempts(db, webhook, rows))[0] ?? null;
}

async function withAttempts(
  db: D1Database,
  { apiOrigin }: WebhookRow,
  rows: readonly DeliveryRow[],
): Promise<readonly StoredDelivery[]> {
  if (rows.length === 0) return [];
  const orm = drizzle(db);
  const [attempts, events] = await orm.batch([
    orm
      .select()
      .from(webhookAttempts)
      .where(
        isAmong(
          webhookAttempts.deliveryId,
          rows.map(({ id }) => id),
        ),
      )
      .orderBy(asc(webhookAttempts.attempt)),
    orm
      .select({ id: webhookEvents.id, body: webhookEvents.body })
      .from(webhookEvents)
      .where(
        and(
          eq(webhookEvents.apiOrigin, apiOrigin),
          isAmong(
            webhookEvents.id,
            rows.map(({ eventId }) => eventId),
          ),
        ),
      ),
  ]);
  const bodies = new Map(events.map(({ id, body }) => [id, body]));
  const byDelivery = Map.groupBy(attempts, ({ deliveryId }) => deliveryId);
  return rows.map((row) => ({
    row,
    body: bodies.get(row.eventId) ?? "",
    attempts: byDelivery.get(row.id) ?? [],
  }));
}

/** D1: a statement takes 100 parameters at most. This is one. */
function isAmong(column: Column, ids: readonly string[]): SQL {
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
}

/**
 * Due now, and the back-off from its beginning. One that is pending waits no longer; one that is being made right now
 * is followed by another. Null: there is none such. Else the attempt to be made.
 */
export async function sendAnew(
  db: D1Database,
  webhookId: string,
  deliveryId: string,
  nowMs: number,
): Promise<number | null> {
  const row = await db
    .prepare(
      `UPDATE webhook_deliveries
       SET state = 'pending', due_at = ?, completed_at = NULL, attempts_before = attempts
       WHERE id = ? AND webhook_id = ? RETURNING attempts`,
    )
    .bind(nowMs, deliveryId, webhookId)
    .first<{ attempts: number }>();
  return row === null ? null : row.attempts + 1;
}
