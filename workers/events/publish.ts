import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { hintOf } from "./hint.ts";
import type { CommittedEvent } from "./present-event.ts";
import type { VideoEvent } from "./live-contract.ts";

/**
 * Tells whoever listens. `once` names an event that may be published again after a crash: told before, it is not told
 * again.
 */
export async function publishEvent(env: Env, event: VideoEvent, once?: string): Promise<void> {
  await env.EVENT_HUB.getByName("hub").publish(event, once ?? null);
}

/** Events that were committed, once each. What can't be told holds no webhook up. */
export async function publishCommitted(env: Env, events: readonly CommittedEvent[]): Promise<void> {
  try {
    const hints = events.flatMap((committed) => {
      const event = hintOf(committed);
      return event === null ? [] : [{ event, once: committed.eventId }];
    });
    if (hints.length > 0) await env.EVENT_HUB.getByName("hub").publishAll(hints);
  } catch (error) {
    logError("events.notTold", error);
  }
}
