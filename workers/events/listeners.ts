// The sockets of those who listen. They outlive the object's memory: what is known of one is its tags and what is
// attached to it, and a ping is answered without waking the object.
import type { SocketMessage, StoredEvent } from "./live-contract.ts";
import type { EventLog } from "./event-log.ts";
import { toToldEvent } from "./present.ts";

export const protocol = "sluice.v1";

/** What a socket is opened with. */
export interface Listening {
  /** Null: from now on. */
  readonly after: number | null;
  /** Null: of all videos. */
  readonly videoIds: readonly string[] | null;
}

interface Attached {
  readonly untilMs: number;
}

/** Whoever may listen must show so again after a while: keys are revoked. */
const listeningMs = 3_600_000;
const longestMessage = 1_024;
/** Private codes of RFC 6455 7.4.2. */
const closedForAge = 4_000;
const allVideos = "all";

export class Listeners {
  readonly #ctx: DurableObjectState;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  /** Nothing here waits: between what is read of the log and what is told from then on, no event is lost. */
  admit(listening: Listening, log: EventLog, limit: number, nowMs: number): Response {
    if (this.#ctx.getWebSockets().length >= limit) return new Response(null, { status: 503 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    this.#ctx.acceptWebSocket(server, [...(listening.videoIds ?? [allVideos])]);
    server.serializeAttachment({ untilMs: nowMs + listeningMs } satisfies Attached);
    const { lastSequence } = log;
    tell(server, { type: "hello", lastSequence });
    const { after } = listening;
    if (after !== null) {
      const kept = log.read(after, listening.videoIds);
      if (kept.gap) tell(server, { type: "gap", after, lastSequence });
      for (const stored of kept.events) tell(server, toToldEvent(stored));
    }
    return new Response(null, { status: 101, webSocket: client });
  }

  tellAll(stored: StoredEvent, nowMs: number): void {
    const text = JSON.stringify(toToldEvent(stored) satisfies SocketMessage);
    for (const tag of [allVideos, stored.event.videoId]) {
      for (const socket of this.#ctx.getWebSockets(tag)) {
        // Own value only: what `admit` attached.
        const { untilMs } = socket.deserializeAttachment() as Attached;
        if (nowMs < untilMs) send(socket, text);
        else close(socket, closedForAge, "open for an hour");
      }
    }
  }

  /** There is nothing to say here but `ping`, which is answered before it comes here. */
  heard(socket: WebSocket, message: string | ArrayBuffer): void {
    const size = typeof message === "string" ? message.length : message.byteLength;
    // RFC 6455 7.4.1: 1009 is for what is too big, 1008 for what breaks a policy.
    if (size > longestMessage) close(socket, 1009, "too long");
    else close(socket, 1008, "only ping is heard");
  }
}

function tell(socket: WebSocket, message: SocketMessage): void {
  send(socket, JSON.stringify(message));
}

/** One that has just gone is no reason not to tell the others. */
function send(socket: WebSocket, text: string): void {
  try {
    socket.send(text);
  } catch {
    close(socket, 1011, "not reached");
  }
}

function close(socket: WebSocket, code: number, why: string): void {
  try {
    socket.close(code, why);
  } catch {
    // It is closed.
  }
}
