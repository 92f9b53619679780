// A viewer's multivariant playlist: a session is minted and put into the printed text.
import type { Claim } from "./claim.ts";
import { fetchText, measureEdge } from "./edge-requests.ts";

export const edgeMultivariant: Claim = {
  name: "edge-multivariant",
  run: (options) =>
    measureEdge(
      {
        atMostMs: 0.05,
        subjects: async (origin, playbackId) => {
          const url = `${origin}/p/${playbackId}/hls.m3u8`;
          const { length } = await fetchText(url);
          const note = `five renditions and sound, ${length} bytes`;
          return [
            { name: "edge-multivariant", note: `${note}, identity`, request: { url, status: 200 } },
            {
              name: "edge-multivariant-gzip",
              note: `${note} before gzip, compressed for each viewer`,
              request: { url, status: 200, headers: { "Accept-Encoding": "gzip" } },
            },
          ];
        },
      },
      options,
    ),
};
