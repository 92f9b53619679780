// Lists that follow what happens: asked for anew when something was told, however much was told at once.
import { useEffect, useRef } from "preact/hooks";
import type { SocketMessage } from "#workers/events/live-contract.ts";
import { listenToEvents, type Ear } from "../live/listen-to-events.ts";
import { useDashboard } from "./context.ts";
import { may } from "./session.ts";

/** Of a film that is encoded something is told every two seconds. */
const atMostEveryMs = 2_000;
const soonMs = 200;

/** The ear says whether asking by oneself is needed. */
export function useNews(
  concerns: (message: SocketMessage) => boolean,
  onNews: () => void,
): { readonly current: Ear } {
  const { api, session } = useDashboard();
  const mayHear = may(session, "videos:read");
  const ear = useRef<Ear>({ isOpen: false });
  const latest = useRef({ concerns, onNews });
  latest.current = { concerns, onNews };
  useEffect(() => {
    if (!mayHear) return;
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lastMs = 0;
    const tell = (): void => {
      timer = undefined;
      // Who does not look is told when they do.
      if (document.hidden) return;
      lastMs = Date.now();
      latest.current.onNews();
    };
    const told = (): void => {
      timer ??= setTimeout(tell, Math.max(soonMs, lastMs + atMostEveryMs - Date.now()));
    };
    ear.current = listenToEvents(api, null, ended.signal, (message) => {
      // What happened before the socket was open was told to nobody.
      if (message.type === "hello" || message.type === "gap" || latest.current.concerns(message)) told();
    });
    const seen = () => document.hidden || told();
    document.addEventListener("visibilitychange", seen, { signal: ended.signal });
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [api, mayHear]);
  return ear;
}
