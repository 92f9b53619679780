// Which consumer a batch belongs to. Each is idempotent and settles a message's outbox row as its last act. What is in
// a queue is what this Worker put there: the queue's name tells its kind.
import type { Env } from "#workers/env.ts";
import { withoutHeartbeats, type HeartbeatMessage } from "#workers/doctor/heartbeats.ts";
import type { WebhookMessage } from "#workers/webhooks/message.ts";
import type { OutboxMessage } from "./outbox.ts";
import { queueKind } from "./queue-kind.ts";

export type QueueMessage = OutboxMessage | WebhookMessage | HeartbeatMessage;

export async function consume(
  received: MessageBatch<QueueMessage>,
  env: Env,
  ctx: ExecutionContext,
): Promise<void> {
  const batch = await withoutHeartbeats<OutboxMessage | WebhookMessage>(received, env);
  if (batch.messages.length === 0 && received.messages.length > 0) return;
  switch (queueKind(batch.queue)) {
    case "transcode":
    case "transcode-priority": {
      const { consumeTranscode } = await import("#workers/transcoding/consume.ts");
      return consumeTranscode(batch as MessageBatch<OutboxMessage>, env, ctx);
    }
    case "transcode-dead":
    case "transcode-priority-dead": {
      const { consumeTranscodeDead } = await import("#workers/transcoding/consume.ts");
      return consumeTranscodeDead(batch as MessageBatch<OutboxMessage>, env, ctx);
    }
    case "erase": {
      const { consumeErase } = await import("#workers/videos/erase.ts");
      return consumeErase(batch as MessageBatch<OutboxMessage>, env, ctx);
    }
    case "erase-dead": {
      const { consumeEraseDead } = await import("#workers/videos/erase.ts");
      return consumeEraseDead(batch as MessageBatch<OutboxMessage>, env, ctx);
    }
    case "webhooks": {
      const { consumeWebhooks } = await import("#workers/webhooks/consume.ts");
      return consumeWebhooks(batch as MessageBatch<WebhookMessage>, env, ctx);
    }
    case "webhooks-dead": {
      const { consumeWebhooksDead } = await import("#workers/webhooks/consume.ts");
      return consumeWebhooksDead(batch as MessageBatch<WebhookMessage>, env, ctx);
    }
    case null:
      throw new Error(`no consumer for queue ${batch.queue}`);
  }
}
