// The media playlist of a 2-hour film, as every viewer after the first gets it.
import type { Claim } from "./claim.ts";
import { fetchText, measureEdge, textSubjects } from "./edge-requests.ts";

const name = "edge-media-playlist";

export const edgeMediaPlaylist: Claim = {
  name,
  run: (options) =>
    measureEdge(
      {
        atMostMs: 0.08,
        subjects: async (origin, playbackId) => {
          const multivariant = `${origin}/p/${playbackId}/hls.m3u8`;
          const path = /^.*-v1080\/index\.m3u8$/m.exec(await fetchText(multivariant))?.[0];
          if (path === undefined) throw new Error("the multivariant playlist has no 1080p rendition");
          const url = new URL(path, multivariant).href;
          return textSubjects(name, url, "session checked, warm, 3600 fragments in segments of two");
        },
      },
      options,
    ),
};
