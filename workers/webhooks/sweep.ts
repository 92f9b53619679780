// The cron's share: deliveries whose message was lost or whose attempt died, and what is too old to be kept.
import type { Env } from "#workers/env.ts";
import { sendDeliveries } from "./consume.ts";
import { maxAttempts } from "./schedule.ts";

/** A message that is on its way arrives within this. */
const graceMs = 60_000;
const againAfterMs = 5 * 60_000;
const deliveriesPerSweep = 500;
export const keptMs = 30 * 24 * 3_600_000;
const removedPerSweep = 2_000;
/** Attempts that died unheard count too: a delivery that kills whoever makes it ends. */
const mostBegun = 2 * maxAttempts;

export async function sweepWebhooks(env: Env, nowMs: number): Promise<void> {
  await endHopeless(env.DB, nowMs);
  const due = await env.DB.prepare(
    `UPDATE webhook_deliveries SET due_at = ?1 WHERE id IN (
       SELECT id FROM webhook_deliveries WHERE state = 'pending' AND due_at <= ?2 ORDER BY due_at LIMIT ?3)
     RETURNING id, attempts`,
  )
    .bind(nowMs + againAfterMs, nowMs - graceMs, deliveriesPerSweep)
    .all<{ id: string; attempts: number }>();
  await sendDeliveries(
    env,
    due.results.map(({ id, attempts }) => ({
      body: { kind: "deliver", deliveryId: id, attempt: attempts + 1 },
    })),
  );
  await removeOld(env.DB, nowMs - keptMs);
}

async function endHopeless(db: D1Database, nowMs: number): Promise<void> {
  await db
    .prepare(
      `UPDATE webhook_deliveries SET state = 'failed', due_at = NULL, completed_at = ?1
       WHERE state = 'pending' AND due_at <= ?2 AND (attempts - attempts_before >= ?3
         OR webhook_id IN (SELECT id FROM webhooks WHERE enabled = 0))`,
    )
    .bind(nowMs, nowMs - graceMs, mostBegun)
    .run();
}

async function removeOld(db: D1Database, beforeMs: number): Promise<void> {
  const old = "SELECT id FROM webhook_deliveries WHERE created_at < ?1 ORDER BY created_at LIMIT ?2";
  await db.batch([
    db.prepare(`DELETE FROM webhook_attempts WHERE delivery_id IN (${old})`).bind(beforeMs, removedPerSweep),
    db.prepare(`DELETE FROM webhook_deliveries WHERE id IN (${old})`).bind(beforeMs, removedPerSweep),
    db
      .prepare(
        `DELETE FROM webhook_events WHERE (id, api_origin) IN (
           SELECT id, api_origin FROM webhook_events WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)`,
      )
      .bind(beforeMs, removedPerSweep),
  ]);
}
