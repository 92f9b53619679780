// Where events meet those who listen. Thin, since it is loaded with every request: the rows are in event-log.ts, the
// sockets in listeners.ts.
import { DurableObject } from "cloudflare:workers";
import type { Env } from "#workers/env.ts";
import type { KeptEvents, StoredEvent, VideoEvent } from "./live-contract.ts";

export class EventHub extends DurableObject<Env> {
  nowMs = Date.now;
  maxListeners = 5_000;

  /** `once`: an event of that name that is known already is left as it is. */
  async publish(event: VideoEvent, once: string | null): Promise<void> {
    await this.publishAll([{ event, once }]);
  }

  async publishAll(
    events: readonly { readonly event: VideoEvent; readonly once: string | null }[],
  ): Promise<void> {
    const { log, listeners } = await this.#load();
    for (const { event, once } of events) {
      const stored = log.add(event, once);
      if (stored !== null) listeners.tellAll(stored, this.nowMs());
    }
  }

  /** What came after a sequence number, as far as it is remembered. */
  async since(sequence: number): Promise<readonly StoredEvent[]> {
    return (await this.#load()).log.since(sequence);
  }

  async read(after: number, videoIds: readonly string[] | null): Promise<KeptEvents> {
    return (await this.#load()).log.read(after, videoIds);
  }

  /** A socket, for whoever may listen: events/socket.ts asks. */
  override async fetch(request: Request): Promise<Response> {
    const { log, listeners, listeningIn } = await this.#load();
    return listeners.admit(listeningIn(request.url), log, this.maxListeners, this.nowMs());
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    (await this.#load()).listeners.heard(socket, message);
  }

  async #load() {
    const { openHub } = await import("./open-hub.ts");
    return openHub(this.ctx);
  }
}
