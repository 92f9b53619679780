/** The playback id of /watch/{playbackId}; null when the path has none. */
export function playbackIdIn(pathname: string): string | null {
  return /^\/watch\/([A-Za-z0-9_-]{1,64})\/?$/.exec(pathname)?.[1] ?? null;
}

/** Where it is to begin, as the player's attribute of that name takes it; null: where the player would begin anyway. */
export function startTimeIn(address: string): string | null {
  return new URL(address).searchParams.get("start-time");
}

export interface OpenedPage {
  /** Empty for a public video. */
  readonly token: string;
  /** The address without the token; null when it had none. */
  readonly address: string | null;
  /** What the entry of the history remembers, so that the page can be loaded again. */
  readonly state: { readonly token: string } | null;
}

/** The token of the address, or of the history where an earlier load has put it. */
export function openPage(address: string, state: unknown): OpenedPage {
  const url = new URL(address);
  const token = url.searchParams.get("token") ?? "";
  if (!url.searchParams.has("token")) return { token: rememberedToken(state), address: null, state: null };
  url.searchParams.delete("token");
  return { token, address: url.pathname + url.search + url.hash, state: { token } };
}

function rememberedToken(state: unknown): string {
  if (typeof state !== "object" || state === null || !("token" in state)) return "";
  return typeof state.token === "string" ? state.token : "";
}

/** What a stranger pastes into a page. Ids are base64url, origins are URLs: neither needs escaping. */
export function embedSnippet(origin: string, playbackId: string, playbackOrigin: string): string {
  // Without the attribute the videos are where the script is.
  const elsewhere = playbackOrigin === origin ? "" : ` playback-origin="${playbackOrigin}"`;
  return [
    `<script type="module" src="${origin}/player/sluice-player.js"></script>`,
    `<sluice-player playback-id="${playbackId}"${elsewhere}></sluice-player>`,
  ].join("\n");
}
