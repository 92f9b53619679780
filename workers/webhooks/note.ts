// What is kept of attempts, and what follows from each: the end of its delivery, the next attempt, or the end of an
// endpoint. One batch. Nothing is written of what was deleted meanwhile.
import type { Env } from "#workers/env.ts";
import { log } from "#workers/http/log.ts";
import { count } from "#workers/metrics/count.ts";
import { sendAll, type Outgoing } from "#workers/outbox/outbox.ts";
import type { Claimed } from "./deliver.ts";
import { disabling } from "./disable.ts";
import type { DeliverMessage } from "./message.ts";
import type { Posted } from "./post.ts";
import { nextDelaySeconds, retryAfterSeconds, type AskedWait } from "./schedule.ts";

export interface Attempted {
  readonly claim: Claimed;
  readonly posted: Posted;
}

const dayMs = 24 * 3_600_000;

export async function noteAll(
  env: Env,
  ctx: Pick<ExecutionContext, "waitUntil">,
  attempted: readonly Attempted[],
  nowMs: number,
): Promise<readonly MessageSendRequest<DeliverMessage>[]> {
  const statements: D1PreparedStatement[] = [];
  const told: Outgoing[] = [];
  const next: MessageSendRequest<DeliverMessage>[] = [];
  const failing = new Set<string>();
  const gone = new Set<string>();
  for (const { claim, posted } of attempted) {
    statements.push(insertAttempt(env.DB, claim, posted), ...endpointStatements(env.DB, claim, posted));
    const delaySeconds =
      posted.error === null || posted.answer?.status === 410
        ? null
        : nextDelaySeconds(claim.tries, Math.random(), askedWait(claim, posted, nowMs));
    statements.push(deliveryStatement(env.DB, claim, posted, delaySeconds, nowMs));
    if (delaySeconds !== null) {
      const body = { kind: "deliver", deliveryId: claim.deliveryId, attempt: claim.attempt + 1 } as const;
      next.push({ body, delaySeconds });
    }
    if (posted.error === null) continue;
    (posted.answer?.status === 410 ? gone : failing).add(claim.webhookId);
    if (delaySeconds === null) {
      log("error", "webhook.deliveryFailed", { deliveryId: claim.deliveryId, webhookId: claim.webhookId });
      count(env, ctx, "dead_letters_total", { queue: "webhooks" });
    }
  }
  const longFailingMs = nowMs - Number(env.WEBHOOK_DISABLE_AFTER_DAYS) * dayMs;
  for (const [ids, reason, failingBeforeMs] of [
    [gone, "gone", null],
    [failing, "failing", longFailingMs],
  ] as const) {
    for (const webhookId of ids) {
      const disabled = await disabling(env.DB, webhookId, reason, failingBeforeMs, nowMs);
      statements.push(...disabled.statements);
      told.push(...disabled.told);
    }
  }
  if (statements.length > 0) await env.DB.batch(statements);
  await sendAll(env, told);
  return next;
}

function askedWait({ firstAtMs }: Claimed, { answer }: Posted, nowMs: number): AskedWait | null {
  const seconds = answer === null ? null : retryAfterSeconds(answer.status, answer.retryAfter, nowMs);
  return seconds === null ? null : { seconds, elapsedSeconds: (nowMs - firstAtMs) / 1_000 };
}

function insertAttempt(
  db: D1Database,
  { deliveryId, attempt }: Claimed,
  posted: Posted,
): D1PreparedStatement {
  const { atMs, durationMs, answer, error } = posted;
  return db
    .prepare(
      `INSERT OR IGNORE INTO webhook_attempts
         (delivery_id, attempt, started_at, duration_ms, status, response_headers, response_body, error_code, error_message)
       SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM webhook_deliveries WHERE id = ?1`,
    )
    .bind(
      deliveryId,
      attempt,
      atMs,
      durationMs,
      answer?.status ?? null,
      answer === null ? null : JSON.stringify(answer.headers),
      answer?.body ?? null,
      error?.code ?? null,
      error?.message ?? null,
    );
}

/** A success ends the delivery whoever claimed it since; what failed says nothing of an attempt after it. */
function deliveryStatement(
  db: D1Database,
  { deliveryId, attempt }: Claimed,
  { error }: Posted,
  delaySeconds: number | null,
  nowMs: number,
): D1PreparedStatement {
  if (error === null) {
    return db
      .prepare(
        "UPDATE webhook_deliveries SET state = 'delivered', due_at = NULL, completed_at = ? WHERE id = ? AND state = 'pending'",
      )
      .bind(nowMs, deliveryId);
  }
  const isOver = delaySeconds === null;
  return db
    .prepare(
      `UPDATE webhook_deliveries SET state = ?, due_at = ?, completed_at = ?
       WHERE id = ? AND state = 'pending' AND attempts = ?`,
    )
    .bind(
      isOver ? "failed" : "pending",
      isOver ? null : nowMs + delaySeconds * 1000,
      isOver ? nowMs : null,
      deliveryId,
      attempt,
    );
}

function endpointStatements(
  db: D1Database,
  { webhookId }: Claimed,
  { error, atMs }: Posted,
): D1PreparedStatement[] {
  return error === null
    ? [
        db
          .prepare("UPDATE webhooks SET failing_since = NULL WHERE id = ? AND failing_since IS NOT NULL")
          .bind(webhookId),
      ]
    : [
        db
          .prepare("UPDATE webhooks SET failing_since = ? WHERE id = ? AND failing_since IS NULL")
          .bind(atMs, webhookId),
      ];
}
