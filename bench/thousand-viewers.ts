// A thousand viewers of one film, each with a session of their own: how often the bucket is read for a segment.
import { withBenchStack } from "./bench-stack.ts";
import type { Claim } from "./claim.ts";
import { fetchText } from "./edge-requests.ts";
import { addSegmentVideo } from "./segment-video.ts";

const segments = 16;
const atOnce = 32;

export const thousandViewers: Claim = {
  name: "thousand-viewers",
  run: ({ quick }) =>
    withBenchStack(async (stack) => {
      const viewers = quick ? 100 : 1_000;
      const video = await addSegmentVideo(stack, segments);
      let fromBucket = 0;
      let next = 0;
      const watch = async () => {
        const multivariant = await fetchText(video.manifestUrl);
        const media = /^.*index\.m3u8$/m.exec(multivariant)?.[0] ?? "";
        const folder = new URL(".", new URL(media, video.manifestUrl)).href;
        for (let n = 0; n < segments; n++) {
          const answer = await fetch(`${folder}2/${n}.m4s`, { headers: { Range: "bytes=0-1023" } });
          if (answer.status !== 206) throw new Error(`segment ${n} answered ${answer.status}`);
          await answer.arrayBuffer();
          if (answer.headers.get("Server-Timing") === "cache;desc=origin") fromBucket += 1;
        }
      };
      const take = async () => {
        while (next++ < viewers) await watch();
      };
      await Promise.all(Array.from({ length: atOnce }, take));
      const perSegment = fromBucket / segments;
      return [
        {
          name: "thousand-viewers",
          unit: "reads",
          value: perSegment,
          baseline: null,
          ratio: null,
          aim: "value <= 1",
          met: perSegment <= 1,
          note: `reads of the bucket for a segment that ${viewers} viewers with a session each asked for, ${atOnce} at once, one isolate; by Server-Timing of ${viewers * segments} answers`,
        },
      ];
    }),
};
