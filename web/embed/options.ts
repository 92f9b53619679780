// What the address of an embed page may say of its player. Whatever else it says is not heard. Pure.

const flags = ["autoplay", "muted", "loop", "resume"] as const;
const texts = ["preload", "start-time", "accent-color", "poster-time"] as const;

/** Attributes of the player, from `/p/{playbackId}/embed?autoplay&start-time=30`; the token apart. */
export function attributesOf(address: string): ReadonlyMap<string, string> {
  const { pathname, searchParams } = new URL(address);
  const playbackId = /^\/p\/([A-Za-z0-9_-]{16,64})\/embed$/.exec(pathname)?.[1];
  const attributes = new Map<string, string>();
  if (playbackId !== undefined) attributes.set("playback-id", playbackId);
  for (const name of flags) {
    const value = searchParams.get(name);
    // `?autoplay`, `?autoplay=1` and `?autoplay=true` are all in use.
    if (value !== null && value !== "0" && value !== "false") attributes.set(name, "");
  }
  for (const name of texts) {
    const value = searchParams.get(name);
    if (value !== null) attributes.set(name, value);
  }
  return attributes;
}
