// Where events meet those who listen. Thin, since it is loaded with every request; the rows are in event-log.ts.
import { DurableObject } from "cloudflare:workers";
import type { Env } from "#workers/env.ts";
import type { StoredEvent, VideoEvent } from "./contract.ts";

export class EventHub extends DurableObject<Env> {
  /** `once`: an event of that name that is known already is left as it is. */
  async publish(event: VideoEvent, once: string | null): Promise<void> {
    const { EventLog } = await import("./event-log.ts");
    new EventLog(this.ctx.storage.sql).add(event, once);
  }

  /** What came after a sequence number, as far as it is remembered. */
  async since(sequence: number): Promise<readonly StoredEvent[]> {
    const { EventLog } = await import("./event-log.ts");
    return new EventLog(this.ctx.storage.sql).since(sequence);
  }
}
