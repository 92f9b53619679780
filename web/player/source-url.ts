// The URLs that the player asks for, and what it reads from those it is given. Pure.

export interface Source {
  /** Of the videos, which may be another one than the page's and the script's. */
  readonly origin: string;
  readonly playbackId: string;
  /** Empty for a public video. */
  readonly token: string;
}

export function sourceUrl({ origin, playbackId, token }: Source, file: string): string {
  const url = new URL(`/p/${encodeURIComponent(playbackId)}/${file}`, origin);
  if (token !== "") url.searchParams.set("token", token);
  return url.href;
}

/**
 * The same for a player that can be moved from the uploaded file to what is encoded of it. The answer names both, so it
 * is for players that heed content steering only.
 */
export function withPathways(url: string): string {
  const asked = new URL(url);
  asked.searchParams.set("pathways", "1");
  return asked.href;
}

const sessionInUrl = /^([^?#]*\/p\/[\w-]+\/s\/)[\w-]+(?=\/)/;

/** The same under another session; a URL without one stays as it is. */
export function withSession(url: string, session: string): string {
  return url.replace(sessionInUrl, `$1${session}`);
}

/** Where the beacons of a session go, by any URL that carries it; null for one that does not. */
export function eventUrlIn(trackUrl: string): string | null {
  const session = /^[^?#]*\/p\/[\w-]+\/s\/[\w-]+(?=\/)/.exec(trackUrl)?.[0];
  return session === undefined ? null : `${session}/event`;
}
