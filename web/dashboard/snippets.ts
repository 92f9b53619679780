// What to paste, for one playback id. Pure: ids are base64url, tokens too, and origins are URLs, so nothing needs escaping.
import { embedSnippet } from "../watch/path.ts";

export interface Snippet {
  readonly name: string;
  readonly code: string;
}

interface Playable {
  readonly id: string;
  readonly policy: "public" | "signed" | "drm";
}

interface Hosts {
  readonly origin: string;
  readonly playbackOrigin: string;
}

/** Width and height as displayed; null where they are not known. */
export type Shape = readonly [width: number, height: number] | null;

const inItsPlace = "TOKEN";

/** Where it plays. `token`: empty for one that is yet to be made. */
export function addressesOf(
  { origin, playbackOrigin }: Hosts,
  { id, policy }: Playable,
  token = "",
): readonly Snippet[] {
  const query = queryOf(policy, token);
  const base = `${playbackOrigin}/p/${id}`;
  return [
    { name: "HLS", code: `${base}/hls.m3u8${query}` },
    { name: "DASH", code: `${base}/dash.mpd${query}` },
    { name: "Watch page", code: `${origin}/watch/${id}${query}` },
    { name: "Embed page", code: `${base}/embed${query}` },
  ];
}

export function snippets(hosts: Hosts, playable: Playable, shape: Shape): readonly Snippet[] {
  const { id, policy } = playable;
  const query = queryOf(policy, "");
  const base = `${hosts.playbackOrigin}/p/${id}`;
  const element = embedSnippet(hosts.origin, id, hosts.playbackOrigin);
  return [
    { name: "Embed", code: frame(`${base}/embed${query}`, shape ?? [16, 9]) },
    {
      name: "Element",
      code:
        query === ""
          ? element
          : element.replace("></sluice-player>", ` token="${inItsPlace}"></sluice-player>`),
    },
    {
      name: "hls.js",
      code: [
        'import Hls from "hls.js";',
        "",
        'const video = document.querySelector("video");',
        "const hls = new Hls();",
        `hls.loadSource("${base}/hls.m3u8${query}");`,
        "hls.attachMedia(video);",
      ].join("\n"),
    },
    {
      name: "Shaka",
      code: [
        'import shaka from "shaka-player";',
        "",
        "const player = new shaka.Player();",
        'await player.attach(document.querySelector("video"));',
        `await player.load("${base}/dash.mpd${query}");`,
      ].join("\n"),
    },
    {
      name: "iOS",
      code: [
        "import AVKit",
        "",
        `let url = URL(string: "${base}/hls.m3u8${query}")!`,
        "let controller = AVPlayerViewController()",
        "controller.player = AVPlayer(url: url)",
      ].join("\n"),
    },
  ];
}

/** As wide as where it stands, and allowed what the one is that oEmbed answers with. */
function frame(src: string, [width, height]: NonNullable<Shape>): string {
  return [
    "<iframe",
    `  src="${src}"`,
    '  title="Video"',
    `  style="border: 0; width: 100%; aspect-ratio: ${width} / ${height}"`,
    '  allow="autoplay; encrypted-media; fullscreen; picture-in-picture"',
    "  allowfullscreen",
    "></iframe>",
  ].join("\n");
}

function queryOf(policy: Playable["policy"], token: string): string {
  if (token !== "") return `?token=${token}`;
  return policy === "public" ? "" : `?token=${inItsPlace}`;
}
