// A message that must follow a commit is a row of that commit. It is sent at once, and again by the sweep
// until its consumer settles it: sending is at-least-once, so every consumer is idempotent.
import type { Env } from "#workers/env.ts";
import type { EventType } from "#workers/events/contract.ts";
import type { Snapshot } from "#workers/events/snapshot.ts";
import { logError } from "#workers/http/log.ts";
import { newId } from "#workers/ids.ts";
import type { Priority } from "#workers/transcoding/priority.ts";

export type EraseScope = "video" | "media" | "unused";

export type OutboxBody =
  | {
      readonly kind: "transcode";
      readonly videoId: string;
      readonly version: number;
      /** A sound that came in a file of its own, for a version that is there. Absent: the whole version. */
      readonly sound?: string;
      /** `high` has a queue of its own. Absent: not high. */
      readonly priority?: Priority;
    }
  /**
   * Remove what is stored of a video: `video` when it is deleted, `media` when it failed and its row stays, `unused`
   * what neither it nor a clip of it plays any more.
   */
  | { readonly kind: "erase"; readonly videoId: string; readonly scope: EraseScope }
  /** Something happened (workers/events/emit.ts): the resource is in the row, since it may be long. */
  | { readonly kind: "event"; readonly eventId: string; readonly type: EventType };

export type OutboxMessage = OutboxBody & { readonly outboxId: string };

/** Long enough for a queue to deliver and a consumer to settle; a resend before that only costs a no-op. */
const resendAfterMs = 60_000;
const sweepBatch = 100;

export interface Outgoing {
  /** Put this in the `db.batch` of the change it follows. */
  readonly statement: D1PreparedStatement;
  readonly message: OutboxMessage;
}

/** What must hold, inside the batch and after the statements before it, for the row to be written. */
export interface Condition {
  readonly sql: string;
  readonly bindings: readonly (string | number)[];
}

export const always: Condition = { sql: "TRUE", bindings: [] };

/**
 * `dueAtMs` in the future makes the first sending the sweep's job. With a condition, send only when the
 * statement changed a row.
 */
export function outgoing(
  db: D1Database,
  body: OutboxBody,
  nowMs: number,
  dueAtMs = nowMs,
  onlyIf: Condition = always,
): Outgoing {
  const message = { ...body, outboxId: newId("message", nowMs) };
  const statement = db
    .prepare(
      `INSERT INTO outbox (id, queue, body, created_at, due_at) SELECT ?, ?, ?, ?, ? WHERE ${onlyIf.sql}`,
    )
    .bind(
      message.outboxId,
      body.kind,
      JSON.stringify(message),
      nowMs,
      Math.max(dueAtMs, nowMs + resendAfterMs),
      ...onlyIf.bindings,
    );
  return { statement, message };
}

/** Its time is that of `nowMs`, which `created_at` keeps. */
export function outgoingEvent(
  db: D1Database,
  event: { readonly eventId: string; readonly type: EventType },
  { from, bindings }: Snapshot,
  nowMs: number,
  onlyIf: Condition,
): Outgoing {
  const message = { kind: "event", ...event, outboxId: newId("message", nowMs) } as const;
  const statement = db
    .prepare(
      `INSERT INTO outbox (id, queue, body, created_at, due_at, resource)
       SELECT ?, ?, ?, ?, ?, resource FROM ${from} WHERE ${onlyIf.sql}`,
    )
    .bind(
      message.outboxId,
      message.kind,
      JSON.stringify(message),
      nowMs,
      nowMs + resendAfterMs,
      ...bindings,
      ...onlyIf.bindings,
    );
  return { statement, message };
}

/** After the commit. The rows are what counts: the sweep sends again what did not get through. */
export async function sendAll(env: Env, sent: readonly Outgoing[]): Promise<void> {
  try {
    for (const { message } of sent) await send(env, message);
  } catch (error) {
    logError("outbox.notSent", error);
  }
}

export async function send(env: Env, message: OutboxMessage): Promise<void> {
  switch (message.kind) {
    case "transcode": {
      const queue = message.priority === "high" ? env.TRANSCODE_PRIORITY_QUEUE : env.TRANSCODE_QUEUE;
      await queue.send(message);
      return;
    }
    case "erase":
      await env.ERASE_QUEUE.send(message);
      return;
    case "event":
      await env.WEBHOOK_QUEUE.send(message);
      return;
  }
}

/** What was to be done later is not to be done any more. A message that is on its way arrives all the same. */
export function dropMessages(
  db: D1Database,
  { videoId, scope }: Extract<OutboxBody, { readonly kind: "erase" }>,
): D1PreparedStatement {
  return db
    .prepare(
      "DELETE FROM outbox WHERE queue = 'erase' AND body ->> '$.videoId' = ? AND body ->> '$.scope' = ?",
    )
    .bind(videoId, scope);
}

/** In the batch that makes a message of before needless. */
export function withdrawn(db: D1Database, outboxId: string): D1PreparedStatement {
  return db.prepare("DELETE FROM outbox WHERE id = ?").bind(outboxId);
}

/** The consumer's last act: what the message asked for is durable elsewhere now. */
export async function settle(db: D1Database, outboxId: string): Promise<void> {
  await withdrawn(db, outboxId).run();
}

/** Sends again what is due. Returns how many were sent. */
export async function sweepOutbox(env: Env, nowMs: number): Promise<number> {
  const due = await env.DB.prepare(
    // However many events wait, nothing else waits behind them.
    "SELECT id, body, sends FROM outbox WHERE due_at <= ? ORDER BY queue = 'event', due_at LIMIT ?",
  )
    .bind(nowMs, sweepBatch)
    .all<{ id: string; body: string; sends: number }>();
  for (const row of due.results) {
    // Own rows only: the body is what `outgoing` wrote.
    await send(env, JSON.parse(row.body) as OutboxMessage);
    const backOffMs = resendAfterMs * 2 ** Math.min(row.sends, 6);
    await env.DB.prepare("UPDATE outbox SET sends = sends + 1, due_at = ? WHERE id = ?")
      .bind(nowMs + backOffMs, row.id)
      .run();
  }
  return due.results.length;
}
