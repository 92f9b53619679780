// What to paste, for one playback id. Pure: ids are base64url and origins are URLs, so nothing needs escaping.
import { embedSnippet } from "../watch/path.ts";

export interface Snippet {
  readonly name: string;
  readonly code: string;
}

interface Playable {
  readonly id: string;
  readonly policy: "public" | "signed" | "drm";
}

export function snippets(
  origin: string,
  playbackOrigin: string,
  { id, policy }: Playable,
): readonly Snippet[] {
  const token = policy === "public" ? "" : "?token=TOKEN";
  const base = `${playbackOrigin}/p/${id}`;
  const element = embedSnippet(origin, id, playbackOrigin);
  return [
    {
      name: "Embed",
      code: [
        "<iframe",
        `  src="${base}/embed${token}"`,
        '  style="border: 0; width: 100%; aspect-ratio: 16 / 9"',
        '  allow="autoplay; encrypted-media; fullscreen; picture-in-picture"',
        '  title="Video"',
        "  allowfullscreen",
        "></iframe>",
      ].join("\n"),
    },
    {
      name: "Element",
      code: token === "" ? element : element.replace("></sluice-player>", ' token="TOKEN"></sluice-player>'),
    },
    {
      name: "hls.js",
      code: [
        'import Hls from "hls.js";',
        "",
        'const video = document.querySelector("video");',
        "const hls = new Hls();",
        `hls.loadSource("${base}/hls.m3u8${token}");`,
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
        `await player.load("${base}/dash.mpd${token}");`,
      ].join("\n"),
    },
    {
      name: "iOS",
      code: [
        "import AVKit",
        "",
        `let url = URL(string: "${base}/hls.m3u8${token}")!`,
        "let controller = AVPlayerViewController()",
        "controller.player = AVPlayer(url: url)",
      ].join("\n"),
    },
  ];
}
