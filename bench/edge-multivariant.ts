// A viewer's multivariant playlist: a session is minted and put into the printed text.
import type { Claim } from "./claim.ts";
import { measureEdge, textSubjects } from "./edge-requests.ts";

const name = "edge-multivariant";

export const edgeMultivariant: Claim = {
  name,
  run: (options) =>
    measureEdge(
      {
        atMostMs: 0.05,
        subjects: (origin, playbackId) =>
          textSubjects(name, `${origin}/p/${playbackId}/hls.m3u8`, "five renditions and sound"),
      },
      options,
    ),
};
