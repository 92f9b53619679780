// Which consumer a batch belongs to. Each is idempotent and settles a message's outbox row as its last act.
import type { Env } from "#workers/env.ts";
import type { OutboxMessage } from "./outbox.ts";

export async function consume(
  batch: MessageBatch<OutboxMessage>,
  env: Env,
  ctx: ExecutionContext,
): Promise<void> {
  switch (batch.queue) {
    case "sluice-transcode":
    case "sluice-transcode-priority": {
      const { consumeTranscode } = await import("#workers/transcoding/consume.ts");
      return consumeTranscode(batch, env, ctx);
    }
    case "sluice-transcode-dead":
    case "sluice-transcode-priority-dead": {
      const { consumeTranscodeDead } = await import("#workers/transcoding/consume.ts");
      return consumeTranscodeDead(batch, env, ctx);
    }
    case "sluice-erase": {
      const { consumeErase } = await import("#workers/videos/erase.ts");
      return consumeErase(batch, env, ctx);
    }
    case "sluice-erase-dead": {
      const { consumeEraseDead } = await import("#workers/videos/erase.ts");
      return consumeEraseDead(batch, env, ctx);
    }
    default:
      throw new Error(`no consumer for queue ${batch.queue}`);
  }
}
