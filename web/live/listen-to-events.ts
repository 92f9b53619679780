// A socket that tells what happens to one video, or to all, opened again whenever it ends. It carries a ticket, never the key.
import type { SocketMessage } from "#workers/events/live-contract.ts";
import type { Api } from "../api.ts";
import { pause } from "./pause.ts";

const firstRetryMs = 1000;
const longestRetryMs = 60_000;
/** Networks on the way forget connections that say nothing. */
const pingMs = 30_000;

export interface Ear {
  /** It listens: asking is not needed. */
  readonly isOpen: boolean;
}

/** `videoId` null: to all videos, for those who may read them. */
export function listenToEvents(
  api: Api,
  videoId: string | null,
  signal: AbortSignal,
  onMessage: (message: SocketMessage) => void,
): Ear {
  const ear = { isOpen: false };
  void keepListening();
  return ear;

  async function keepListening(): Promise<void> {
    let retryMs = firstRetryMs;
    while (!signal.aborted) {
      const ticket = await api.getEventTicket(videoId, signal);
      // A key that may not is told so where it asks for the video.
      if (!ticket.ok && ticket.reason.status >= 400 && ticket.reason.status < 429) return;
      if (ticket.ok && (await listenOnce(ticket.value))) retryMs = firstRetryMs;
      await pause(retryMs, signal);
      retryMs = Math.min(2 * retryMs, longestRetryMs);
    }
  }

  /** Until the socket ends; whether it was ever open. */
  function listenOnce(ticket: string): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const url = new URL("/v1/events", location.href);
      if (videoId !== null) url.searchParams.set("videoId", videoId);
      url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
      const socket = new WebSocket(url, ["sluice.v1", ticket]);
      const ended = new AbortController();
      const { signal: until } = ended;
      const ping = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send("ping"), pingMs);
      let wasOpen = false;
      const end = (): void => {
        ear.isOpen = false;
        clearInterval(ping);
        ended.abort();
        socket.close();
        resolve(wasOpen);
      };
      socket.addEventListener(
        "message",
        ({ data }) => {
          const message = readMessage(data);
          if (message === null) return;
          ear.isOpen = wasOpen = true;
          onMessage(message);
        },
        { signal: until },
      );
      socket.addEventListener("close", end, { signal: until });
      signal.addEventListener("abort", end, { signal: until });
    });
  }
}

/** Same origin, same release: the Worker's own contract tests vouch for the shape. A `pong` is no message. */
function readMessage(data: unknown): SocketMessage | null {
  return typeof data === "string" && data.startsWith("{") ? (JSON.parse(data) as SocketMessage) : null;
}
