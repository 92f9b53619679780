// Deliveries whose time has come. Claimed, posted, and noted. A claim counts the attempt, so a message that a queue
// gives twice finds that it is late; what dies between claim and note is found by the sweep when the claim is over.
import type { Env } from "#workers/env.ts";
import { log } from "#workers/http/log.ts";
import { count } from "#workers/metrics/count.ts";
import type { DeliverMessage } from "./message.ts";
import { noteAll, type Attempted } from "./note.ts";
import { longestMs, post } from "./post.ts";
import { openSecrets, type StoredSecret } from "./secrets.ts";

export interface Claimed {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly eventId: string;
  /** This one, of all. */
  readonly attempt: number;
  /** Of those that count for the back-off. */
  readonly tries: number;
  /** Of the first of those; this one, where it is that. */
  readonly firstAtMs: number;
  readonly url: string;
  readonly secrets: readonly StoredSecret[];
  readonly body: string;
}

/** As many connections as a Worker has open at once. */
const atOnce = 6;

/** Gives the messages of the attempts that follow, each with its delay. */
export async function deliver(
  env: Env,
  ctx: Pick<ExecutionContext, "waitUntil">,
  messages: readonly DeliverMessage[],
  nowMs: () => number,
): Promise<readonly MessageSendRequest<DeliverMessage>[]> {
  const claimed = await claim(env.DB, messages, nowMs());
  const waiting = [...claimed];
  const attempted: Attempted[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      attempted.push(await attempt(env, next, nowMs));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  for (const { posted, claim: made } of attempted) {
    const outcome = posted.error?.code ?? "delivered";
    count(env, ctx, "webhook_attempts_total", { outcome });
    const { deliveryId, webhookId, eventId, attempt: number } = made;
    const { durationMs, answer } = posted;
    const fields = { deliveryId, webhookId, eventId, attempt: number, outcome, durationMs };
    log(posted.error === null ? "info" : "warn", "webhook.attempted", { ...fields, status: answer?.status });
  }
  return noteAll(env, ctx, attempted, nowMs());
}

async function attempt(env: Env, claimed: Claimed, nowMs: () => number): Promise<Attempted> {
  const { webhookId, url, eventId, body } = claimed;
  const secrets = await openSecrets(env.SEALING_KEY, webhookId, claimed.secrets, nowMs());
  if (secrets === null) {
    const message = "Its secret can't be opened: it is sealed with another SEALING_KEY. Rotate it.";
    const error = { code: "secretUnusable", message } as const;
    return { claim: claimed, posted: { atMs: nowMs(), durationMs: 0, answer: null, error } };
  }
  return { claim: claimed, posted: await post(env, { url, eventId, body, secrets }, nowMs) };
}

/** Longer than all of a batch can take, one after the other on the connections there are. */
const claimMs = (messages: number) => longestMs * (Math.ceil(messages / atOnce) + 2);

async function claim(
  db: D1Database,
  messages: readonly DeliverMessage[],
  nowMs: number,
): Promise<readonly Claimed[]> {
  if (messages.length === 0) return [];
  const untilMs = nowMs + claimMs(messages.length);
  const claims = messages.map(({ deliveryId, attempt: number }) =>
    db
      .prepare(
        `UPDATE webhook_deliveries SET attempts = ?2, due_at = ?3
         WHERE id = ?1 AND state = 'pending' AND attempts = ?2 - 1
           AND EXISTS (SELECT 1 FROM webhooks w WHERE w.id = webhook_id AND w.enabled = 1)
         RETURNING id`,
      )
      .bind(deliveryId, number, untilMs),
  );
  const ids = JSON.stringify(messages.map(({ deliveryId }) => deliveryId));
  const found = db
    .prepare(
      `SELECT d.id, d.webhook_id, d.event_id, d.attempts, d.attempts_before, w.url, w.secrets, e.body,
         coalesce(a.started_at, ?2) AS first_at
       FROM webhook_deliveries d
       JOIN webhooks w ON w.id = d.webhook_id
       JOIN webhook_events e ON e.id = d.event_id AND e.api_origin = w.api_origin
       LEFT JOIN webhook_attempts a ON a.delivery_id = d.id AND a.attempt = d.attempts_before + 1
       WHERE d.id IN (SELECT value FROM json_each(?1))`,
    )
    .bind(ids, nowMs);
  const results = await db.batch<Row>([...claims, found]);
  const mine = new Set(results.slice(0, -1).flatMap(({ results: [row] }) => (row ? [row.id] : [])));
  return (results.at(-1)?.results ?? []).filter(({ id }) => mine.has(id)).map(toClaimed);
}

interface Row {
  readonly id: string;
  readonly webhook_id: string;
  readonly event_id: string;
  readonly attempts: number;
  readonly attempts_before: number;
  readonly url: string;
  readonly secrets: string;
  readonly body: string;
  readonly first_at: number;
}

function toClaimed(row: Row): Claimed {
  return {
    deliveryId: row.id,
    webhookId: row.webhook_id,
    eventId: row.event_id,
    attempt: row.attempts,
    tries: row.attempts - row.attempts_before,
    firstAtMs: row.first_at,
    url: row.url,
    // Own column only: what secrets.ts made.
    secrets: JSON.parse(row.secrets) as StoredSecret[],
    body: row.body,
  };
}
