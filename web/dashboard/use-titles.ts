// What videos are called, where only their ids are told. Each is asked for once, a few at a time.
import { useEffect, useState } from "preact/hooks";
import { useDashboard } from "./context.ts";
import { may } from "./session.ts";

const atATime = 6;

/** Null: not there, or not to be read by this key. */
type Title = string | null;

export function useTitles(videoIds: readonly string[]): ReadonlyMap<string, Title> {
  const { api, session } = useDashboard();
  const [titles, setTitles] = useState<ReadonlyMap<string, Title>>(new Map());
  const wanted = may(session, "videos:read")
    ? videoIds.filter((id) => !titles.has(id)).slice(0, atATime)
    : [];
  useEffect(() => {
    if (wanted.length === 0) return;
    const ended = new AbortController();
    const ask = async (id: string) => {
      const answer = await api.getVideo(id, ended.signal);
      return [id, answer.ok ? answer.value.title : null] as const;
    };
    void Promise.all(wanted.map(ask)).then((found) => {
      if (!ended.signal.aborted) setTitles((before) => new Map([...before, ...found]));
    });
    return () => ended.abort();
    // Whom it asks for is told by their ids.
  }, [api, wanted.join(" ")]);
  return titles;
}
