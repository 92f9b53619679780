// Which host answers what. With PLAYBACK_HOST, what strangers have uploaded and the pages of this deployment (where an
// API key may be typed in) are never of one origin.
import { originOf } from "./origin.ts";

/** Where callers find the API and its pages, and where players find videos. */
export interface Sites {
  readonly api: string;
  readonly playback: string;
}

/**
 * Whether this path is answered at this host. By the URL that the platform made of the request, never by a header that
 * a client or a proxy adds. The player's own script is a static asset and is served at both.
 */
export function isServedAt(
  { host, hostname, pathname }: Pick<URL, "host" | "hostname" | "pathname">,
  playbackHost: string | undefined,
): boolean {
  const expected = hostSetting(playbackHost);
  if (expected === null) return true;
  const atPlayback = expected === (expected.includes(":") ? host : hostname);
  return pathname.startsWith("/p/") === atPlayback;
}

/** With the scheme by which the caller reached us. */
export function sitesOf(request: Request, env: { readonly PLAYBACK_HOST?: string }): Sites {
  return sitesAt(originOf(request), env);
}

/** For what is told where nobody asks, by the origin that the API was reached at before. */
export function sitesAt(api: string, env: { readonly PLAYBACK_HOST?: string }): Sites {
  const host = hostSetting(env.PLAYBACK_HOST);
  return { api, playback: host === null ? api : `${api.slice(0, api.indexOf("//"))}//${host}` };
}

const hostShape = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::\d{1,5})?$/;

let lastSetting: string | undefined;
let lastHost: string | null = null;

/** Null: not set. A port is part of it only for who reaches the Worker at one, on a developer's machine. */
function hostSetting(setting: string | undefined): string | null {
  if (setting === lastSetting) return lastHost;
  const host = setting === undefined || setting === "" ? null : setting.toLowerCase();
  if (host !== null && !hostShape.test(host))
    throw new Error("PLAYBACK_HOST is a host, as in play.example.com");
  [lastSetting, lastHost] = [setting, host];
  return host;
}
