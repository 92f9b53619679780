import type { Env } from "#workers/env.ts";
import type { VideoEvent } from "./live-contract.ts";

/**
 * Tells whoever listens. `once` names an event that may be published again after a crash: told before, it is not told
 * again.
 */
export async function publishEvent(env: Env, event: VideoEvent, once?: string): Promise<void> {
  await env.EVENT_HUB.getByName("hub").publish(event, once ?? null);
}
