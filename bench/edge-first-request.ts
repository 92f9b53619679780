// The first request that a fresh isolate answers: its code is evaluated, its keys imported, and nothing is remembered.
import type { Claim } from "./claim.ts";
import { edgeVideo } from "./edge-video.ts";
import { startRawWorkerd } from "./raw-workerd.ts";
import { spread } from "./rounds.ts";

export const edgeFirstRequest: Claim = {
  name: "edge-first-request",
  async run({ rounds }) {
    const { playbackId, data } = edgeVideo();
    const first: number[] = [];
    const second: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const workerd = await startRawWorkerd(data);
      try {
        for (const times of [first, second]) {
          const startedMs = performance.now();
          const answer = await fetch(`${workerd.url}/p/${playbackId}/hls.m3u8`);
          await answer.text();
          times.push(performance.now() - startedMs);
        }
      } finally {
        await workerd.stop();
      }
    }
    const { median, q1, q3 } = spread(first);
    return [
      {
        name: "edge-first-request",
        unit: "ms",
        value: median,
        baseline: spread(second).median,
        ratio: null,
        aim: "none",
        met: true,
        note: `a multivariant playlist of a two-hour film from a workerd that has answered nothing before, connection and index decoding included; baseline is the second request; quartiles of ${rounds} starts ${q1.toPrecision(3)}-${q3.toPrecision(3)}`,
      },
    ];
  },
};
