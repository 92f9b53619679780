// Which consumer a batch belongs to. Each is idempotent and settles a message's outbox row as its last act. What is in
// a queue is what this Worker put there: the queue's name tells its kind.
import type { Env } from "#workers/env.ts";
import type { WebhookMessage } from "#workers/webhooks/message.ts";
import type { OutboxMessage } from "./outbox.ts";

export type QueueMessage = OutboxMessage | WebhookMessage;

export async function consume(
  batch: MessageBatch<QueueMessage>,
  env: Env,
  ctx: ExecutionContext,
): Promise<void> {
  switch (batch.queue) {
    case "sluice-transcode":
    case "sluice-transcode-priority": {
      const { consumeTranscode } = await import("#workers/transcoding/consume.ts");
      return consumeTranscode(batch as MessageBatch<OutboxMessage>, env, ctx);
    }
    case "sluice-transcode-dead":
    case "sluice-transcode-priority-dead": {
      const { consumeTranscodeDead } = await import("#workers/transcoding/consume.ts");
      return consumeTranscodeDead(batch as MessageBatch<OutboxMessage>, env, ctx);
    }
    case "sluice-erase": {
      const { consumeErase } = await import("#workers/videos/erase.ts");
      return consumeErase(batch as MessageBatch<OutboxMessage>, env, ctx);
    }
    case "sluice-erase-dead": {
      const { consumeEraseDead } = await import("#workers/videos/erase.ts");
      return consumeEraseDead(batch as MessageBatch<OutboxMessage>, env, ctx);
    }
    case "sluice-webhooks": {
      const { consumeWebhooks } = await import("#workers/webhooks/consume.ts");
      return consumeWebhooks(batch as MessageBatch<WebhookMessage>, env, ctx);
    }
    case "sluice-webhooks-dead": {
      const { consumeWebhooksDead } = await import("#workers/webhooks/consume.ts");
      return consumeWebhooksDead(batch as MessageBatch<WebhookMessage>, env, ctx);
    }
    default:
      throw new Error(`no consumer for queue ${batch.queue}`);
  }
}
