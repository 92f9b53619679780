import { expect, it } from "vitest";
import { builtInProfiles } from "#workers/transcoding/profile.ts";
import { rungsIn, rungsText } from "./rungs.ts";

it("reads a ladder as it writes it, to the bit", () => {
  const ladders = [
    ...Object.values(builtInProfiles).map(({ rungs }) => rungs),
    [{ side: 144, maxBitrateBps: 100_001 }],
  ];
  for (const ladder of ladders) expect(rungsIn(rungsText(ladder))).toEqual(ladder);
});

it("takes a line as people write it, and nothing for what is no pair", () => {
  expect(rungsIn("720p 2800\n\n 1080: 5000 \n")).toEqual([
    { side: 720, maxBitrateBps: 2_800_000 },
    { side: 1080, maxBitrateBps: 5_000_000 },
  ]);
  for (const text of ["720", "720 2800 x", "high 2800", "720 -1"]) expect(rungsIn(text)).toBeNull();
});
