// What the videos of tests are offered in.
import type { Format } from "#workers/timeline/timeline.ts";

export const seedFormats: readonly Format[] = [
  videoFormat("v360", 640, 360, "avc1.64001e", 800_000),
  videoFormat("v720", 1280, 720, "avc1.64001f", 2_500_000),
  {
    id: "a0",
    kind: "audio",
    codec: "mp4a.40.2",
    timescale: 48_000,
    editStartTicks: 1024,
    maxBitrateBps: 128_000,
    channels: 2,
    sampleRateHz: 48_000,
    language: "en",
  },
];

function videoFormat(
  id: string,
  width: number,
  height: number,
  codec: string,
  maxBitrateBps: number,
): Format {
  return {
    id,
    kind: "video",
    codec,
    timescale: 90_000,
    editStartTicks: 6_000,
    maxBitrateBps,
    width,
    height,
    frameRate: { numerator: 30, denominator: 1 },
  };
}
