// The events that were committed, read as a webhook would be sent them, and held to the union.
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { eventSchema, type SluiceEvent } from "#workers/events/contract.ts";
import { eventBody } from "#workers/events/present-event.ts";

const sites = { api: "https://api.test", playback: "https://play.test" };

/** Nothing takes them out of the outbox until the mocks are restored. */
export function keepEvents(): void {
  vi.spyOn(env.WEBHOOK_QUEUE, "send").mockResolvedValue({
    metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
  });
}

export async function toldEvents(): Promise<readonly SluiceEvent[]> {
  const rows = await env.DB.prepare(
    "SELECT body, created_at, resource FROM outbox WHERE queue = 'event' ORDER BY rowid",
  ).all<{ body: string; created_at: number; resource: string }>();
  return rows.results.map(({ body, created_at, resource }) => {
    const { eventId, type } = JSON.parse(body) as { eventId: string; type: string };
    return eventSchema.parse(JSON.parse(eventBody({ eventId, type, atMs: created_at, resource }, sites)));
  });
}
