// What every consumer of an outbox's queue does with its batch: each message by itself, its row last.
import { logError } from "#workers/http/log.ts";
import { settle, type OutboxMessage } from "./outbox.ts";

/** What `handle` throws is logged as `failureEvent`, and its message comes again. */
export async function settleEach(
  batch: MessageBatch<OutboxMessage>,
  db: D1Database,
  failureEvent: string,
  handle: (message: Message<OutboxMessage>) => Promise<void>,
): Promise<void> {
  for (const message of batch.messages) {
    const { outboxId } = message.body;
    try {
      await handle(message);
      await settle(db, outboxId);
      message.ack();
    } catch (error) {
      logError(failureEvent, error, { outboxId, attempts: message.attempts });
      message.retry();
    }
  }
}
