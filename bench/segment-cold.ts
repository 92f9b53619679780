// A segment that no cache has: the product reads R2, answers, and fills the cache of the location.
import { withBenchStack } from "./bench-stack.ts";
import type { Claim } from "./claim.ts";
import { measureLoad, type LoadRequest } from "./load.ts";
import { alternate } from "./rounds.ts";
import { bareFill, bareRange, judgeSegments } from "./segment-requests.ts";
import { addSegmentVideo } from "./segment-video.ts";

export const segmentCold: Claim = {
  name: "segment-cold",
  run: ({ quick, rounds }) =>
    withBenchStack(async (stack) => {
      const perRound = quick ? 200 : 400;
      const video = await addSegmentVideo(stack, (rounds + 1) * perRound);
      // Never the same segment twice.
      const once = (request: (n: number) => LoadRequest) => {
        let asked = 0;
        return () => measureLoad(perRound, () => request(asked++));
      };
      const subjects = {
        subject: once((n) => ({ url: video.segmentUrl(n), status: 200 })),
        bare: once((n) => bareRange(stack, video, n)),
        filling: once((n) => bareFill(stack, video, n)),
      };
      for (const warmUp of Object.values(subjects)) await warmUp();
      const { subject, bare, filling } = await alternate(rounds, subjects);
      return [
        judgeSegments({
          name: "segment-cold",
          subject,
          baseline: bare,
          baselineIs: "a bare R2 ranged get, which fills no cache",
          atLeast: 0.85,
          perRound,
        }),
        // What the platform does outside the Worker, the local cache does in its process: moving the segment
        // there costs as much as reading it. This row leaves the product's own part.
        judgeSegments({
          name: "segment-cold-own-part",
          subject,
          baseline: filling,
          baselineIs: "a bare Worker that looks in the cache, reads R2 and fills the cache",
          atLeast: 0.85,
          perRound,
        }),
      ];
    }),
};
