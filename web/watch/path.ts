/** The playback id of /watch/{playbackId}; null when the path has none. */
export function playbackIdIn(pathname: string): string | null {
  return /^\/watch\/([A-Za-z0-9_-]{1,64})\/?$/.exec(pathname)?.[1] ?? null;
}

/** What a stranger pastes into a page. Ids are base64url, origins are URLs: neither needs escaping. */
export function embedSnippet(origin: string, playbackId: string): string {
  return [
    `<script type="module" src="${origin}/player/sluice-player.js"></script>`,
    `<sluice-player playback-id="${playbackId}"></sluice-player>`,
  ].join("\n");
}
