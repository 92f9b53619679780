// The end of an endpoint that nobody answers at: no more is sent there, and the others are told.
import { bySystem } from "#workers/audit/entry.ts";
import { audited } from "#workers/audit/store.ts";
import { emitted, ifChanged } from "#workers/events/emit.ts";
import type { Outgoing } from "#workers/outbox/outbox.ts";
import { toWebhook } from "./present.ts";
import { findWebhook } from "./store.ts";

export interface Disabling {
  readonly statements: readonly D1PreparedStatement[];
  readonly told: readonly Outgoing[];
}

const nothing: Disabling = { statements: [], told: [] };

/** `failingBeforeMs`: only where nothing was taken since then. */
export async function disabling(
  db: D1Database,
  webhookId: string,
  reason: "gone" | "failing",
  failingBeforeMs: number | null,
  nowMs: number,
): Promise<Disabling> {
  const row = await findWebhook(db, webhookId);
  if (row === null || row.enabled === 0) return nothing;
  if (failingBeforeMs !== null && (row.failingSince === null || row.failingSince > failingBeforeMs))
    return nothing;
  const after = { ...row, enabled: 0, disabledReason: reason, updatedAt: nowMs };
  const told = emitted(db, { type: "webhook.disabled", data: toWebhook(after, nowMs) }, nowMs);
  const disabled = db
    .prepare(
      `UPDATE webhooks SET enabled = 0, disabled_reason = ?, updated_at = ?
       WHERE id = ? AND enabled = 1 AND (? IS NULL OR failing_since <= ?)`,
    )
    .bind(reason, nowMs, webhookId, failingBeforeMs, failingBeforeMs);
  const entry = bySystem("disableWebhook", "PATCH", `/v1/webhooks/${webhookId}`, [webhookId]);
  const noted = audited(db, entry, nowMs, ifChanged);
  return { statements: [disabled, told.statement, ...noted, endPending(db, webhookId, nowMs)], told: [told] };
}

/** What waits for an endpoint that is disabled. It can be sent again when it is enabled. */
export function endPending(db: D1Database, webhookId: string, nowMs: number): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE webhook_deliveries SET state = 'failed', due_at = NULL, completed_at = ?1
       WHERE webhook_id = ?2 AND state = 'pending'
         AND EXISTS (SELECT 1 FROM webhooks w WHERE w.id = ?2 AND w.enabled = 0)`,
    )
    .bind(nowMs, webhookId);
}
