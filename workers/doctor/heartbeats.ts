// When something that nobody waits for happened last: one row each.
import type { Env } from "#workers/env.ts";

/** Put into a queue to see that it comes out. */
export interface HeartbeatMessage {
  readonly kind: "heartbeat";
  /** Of its row. */
  readonly name: string;
  readonly sentAtMs: number;
}

/** Late and repeated ones change nothing. */
export function beat(db: D1Database, name: string, atMs: number): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO heartbeats (name, seen_at) VALUES (?1, ?2)
       ON CONFLICT (name) DO UPDATE SET seen_at = ?2 WHERE seen_at < ?2`,
    )
    .bind(name, atMs);
}

/** What is left for its consumer, once the heartbeats are taken out of a batch. */
export async function withoutHeartbeats<Body extends { readonly kind: string }>(
  batch: MessageBatch<Body | HeartbeatMessage>,
  env: Pick<Env, "DB">,
): Promise<MessageBatch<Body>> {
  const isHeartbeat = (message: Message<Body | HeartbeatMessage>): message is Message<HeartbeatMessage> =>
    message.body.kind === "heartbeat";
  const beats = batch.messages.filter(isHeartbeat);
  if (beats.length === 0) return batch as MessageBatch<Body>;
  await env.DB.batch(beats.map(({ body }) => beat(env.DB, body.name, body.sentAtMs)));
  for (const message of beats) message.ack();
  const messages = batch.messages.filter((message): message is Message<Body> => !isHeartbeat(message));
  return {
    queue: batch.queue,
    metadata: batch.metadata,
    messages,
    ackAll: () => {
      for (const message of messages) message.ack();
    },
    retryAll: (options) => {
      for (const message of messages) message.retry(options);
    },
  };
}
