// The media playlist of a 2-hour film, as every viewer after the first gets it.
import type { Claim } from "./claim.ts";
import { fetchText, measureEdge } from "./edge-requests.ts";

export const edgeMediaPlaylist: Claim = {
  name: "edge-media-playlist",
  run: (options) =>
    measureEdge(
      {
        atMostMs: 0.08,
        subjects: async (origin, playbackId) => {
          const multivariant = `${origin}/p/${playbackId}/hls.m3u8`;
          const path = (await fetchText(multivariant))
            .split("\n")
            .find((line) => line.endsWith("-v1080/index.m3u8"));
          if (path === undefined) throw new Error("the multivariant playlist has no 1080p rendition");
          const url = new URL(path, multivariant).href;
          const text = await fetchText(url);
          const segments = text.split("\n").filter((line) => line.endsWith(".m4s")).length;
          const note = `warm, 3600 fragments in ${segments} segments, ${text.length} bytes`;
          return [
            { name: "edge-media-playlist", note: `${note}, identity`, request: { url, status: 200 } },
            {
              name: "edge-media-playlist-gzip",
              note: `${note} before gzip`,
              request: { url, status: 200, headers: { "Accept-Encoding": "gzip" } },
            },
          ];
        },
      },
      options,
    ),
};
