// A segment that the cache of the location has.
import { withBenchStack } from "./bench-stack.ts";
import type { Claim } from "./claim.ts";
import { measureLoad } from "./load.ts";
import { alternate } from "./rounds.ts";
import { bareFill, bareRange, judgeSegments } from "./segment-requests.ts";
import { addSegmentVideo } from "./segment-video.ts";

const cachedSegments = 64;

export const segmentHit: Claim = {
  name: "segment-hit",
  run: ({ quick, rounds }) =>
    withBenchStack(async (stack) => {
      const perRound = quick ? 400 : 1_000;
      const video = await addSegmentVideo(stack, cachedSegments);
      const request = (n: number) => ({ url: video.segmentUrl(n % cachedSegments), status: 200 });
      const subject = () => measureLoad(perRound, request);
      const baseline = () => measureLoad(perRound, (n) => bareRange(stack, video, n % cachedSegments));
      // Once filled, what it answers is a hit.
      const bareHit = () => measureLoad(perRound, (n) => bareFill(stack, video, n % cachedSegments));
      await baseline();
      await bareHit();
      await subject();
      const { url } = request(0);
      const tier = (await fetch(url)).headers.get("Server-Timing");
      if (tier !== "cache;desc=edge") throw new Error(`${url} comes from ${tier}, not from the edge cache`);
      const samples = await alternate(rounds, { subject, baseline, bareHit });
      return [
        judgeSegments({
          ...samples,
          baseline: samples.bareHit,
          name: "segment-hit-bare",
          baselineIs: "a bare cache hit",
          atLeast: 0.9,
          perRound,
        }),
        judgeSegments({
          ...samples,
          name: "segment-hit",
          baselineIs: "a bare R2 ranged get",
          atLeast: 1,
          perRound,
        }),
      ];
    }),
};
