// A segment that no cache has: the product reads R2, answers, and fills the cache of the location.
import { withBenchStack } from "./bench-stack.ts";
import type { Claim } from "./claim.ts";
import { bareRange, judgeSegments } from "./segment-requests.ts";
import { addSegmentVideo } from "./segment-video.ts";
import { measureLoad } from "./load.ts";
import { alternate } from "./rounds.ts";

export const segmentCold: Claim = {
  name: "segment-cold",
  run: ({ quick, rounds }) =>
    withBenchStack(async (stack) => {
      const perRound = quick ? 200 : 400;
      const video = await addSegmentVideo(stack, (rounds + 1) * perRound);
      let asked = 0;
      const cold = () => {
        const from = asked;
        asked += perRound;
        return measureLoad(perRound, (n) => ({ url: video.segmentUrl(from + n), status: 200 }));
      };
      const bare = () => measureLoad(perRound, (n) => bareRange(stack, video, n));
      await bare();
      await cold();
      return judgeSegments("segment-cold", await alternate(rounds, { subject: cold, bare }), 0.85, perRound);
    }),
};
