// What is asked of the explanation, as an address. Pure.

export interface Explained {
  readonly playbackId: string;
  readonly file: "hls.m3u8" | "dash.mpd";
  /** Of a viewer, as it is or in the address that they were given; may be empty. */
  readonly token: string;
  /** What else their address asks for, as in `maxHeight=720&start=10`. */
  readonly asks: string;
}

/** The viewer's own address, but for what answers it. */
export function explainedUrl(playbackOrigin: string, { playbackId, file, token, asks }: Explained): string {
  const query = new URLSearchParams(asks);
  const found = tokenIn(token);
  if (found !== "") query.set("token", found);
  query.set("explain", "1");
  return `${playbackOrigin}/p/${encodeURIComponent(playbackId)}/${file}?${query.toString()}`;
}

function tokenIn(text: string): string {
  return URL.canParse(text) ? (new URL(text).searchParams.get("token") ?? "") : text;
}
