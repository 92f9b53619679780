// What a socket listens to, on its way from the Worker to the hub: an upgrade is a request, and carries it in its URL.
import type { Listening } from "./listeners.ts";

export function listeningUrl({ after, videoIds }: Listening): string {
  const url = new URL("https://hub/");
  if (after !== null) url.searchParams.set("after", String(after));
  if (videoIds !== null) url.searchParams.set("videoIds", videoIds.join(","));
  return url.href;
}

/** Of our own making. */
export function listeningIn(url: string): Listening {
  const { searchParams } = new URL(url);
  const after = searchParams.get("after");
  return {
    after: after === null ? null : Number(after),
    videoIds: searchParams.get("videoIds")?.split(",") ?? null,
  };
}
