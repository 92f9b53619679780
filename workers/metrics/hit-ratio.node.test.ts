import { expect, it } from "vitest";
import { hitRatios } from "./hit-ratio.ts";

const seg = (tier: string) => `segment_requests_total{tier="${tier}"}`;

it("counts for each tier what reached it, and what it answered of that", () => {
  const { samples } = hitRatios({ [seg("isolate")]: 10, [seg("edge")]: 60, [seg("origin")]: 30 });
  expect(samples).toEqual([
    { series: 'cdn_hit_ratio{kind="segment",tier="isolate"}', value: 0.1 },
    { series: 'cdn_hit_ratio{kind="segment",tier="edge"}', value: 60 / 90 },
  ]);
});

it("says nothing of a tier that nothing reached", () => {
  expect(hitRatios({}).samples).toEqual([]);
  expect(hitRatios({ [seg("isolate")]: 5 }).samples).toEqual([
    { series: 'cdn_hit_ratio{kind="segment",tier="isolate"}', value: 1 },
  ]);
});
