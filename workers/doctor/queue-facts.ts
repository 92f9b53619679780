// A message through each queue, and whether it comes out while somebody waits.
import type { Env } from "#workers/env.ts";
import type { HeartbeatMessage } from "./heartbeats.ts";
import type { QueueFact } from "./judge.ts";

const bindings = ["TRANSCODE_QUEUE", "TRANSCODE_PRIORITY_QUEUE", "ERASE_QUEUE", "WEBHOOK_QUEUE"] as const;
const askEveryMs = 100;

export async function queueFacts(env: Env, nowMs: number, limitMs: number): Promise<readonly QueueFact[]> {
  const deadlineMs = Date.now() + limitMs;
  const before = await seen(env.DB);
  const sent = await Promise.allSettled(bindings.map((binding) => send(env[binding], binding, nowMs)));
  const unsent = bindings.filter((_, index) => sent[index]?.status === "rejected");
  for (;;) {
    const after = await seen(env.DB);
    const facts = bindings.map((binding) => ({
      binding,
      arrived: (after.get(binding) ?? 0) >= nowMs,
      seenAtMs: before.get(binding) ?? null,
    }));
    const waiting = facts.filter(({ binding, arrived }) => !arrived && !unsent.includes(binding));
    if (waiting.length === 0 || Date.now() + askEveryMs > deadlineMs) return facts;
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
}

/** Whatever else a queue carries. */
async function send(queue: Queue, name: string, sentAtMs: number): Promise<void> {
  await queue.send({ kind: "heartbeat", name, sentAtMs } satisfies HeartbeatMessage);
}

async function seen(db: D1Database): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .prepare("SELECT name, seen_at FROM heartbeats")
    .all<{ name: string; seen_at: number }>();
  return new Map(rows.results.map((row) => [row.name, row.seen_at]));
}
