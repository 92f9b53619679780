import { expect, it } from "vitest";
import { bytesInGigabyte, limitIn, limitText } from "./quota-limits.ts";

it("tells no limit from a limit of nothing", () => {
  expect([limitIn(""), limitIn("0")]).toEqual([null, 0]);
  expect([limitText(null), limitText(0)]).toEqual(["", "0"]);
});

it("gives back to the byte what it shows in gigabytes", () => {
  for (const bytes of [1, 1_500_000_000, 50_000_000_001])
    expect(limitIn(limitText(bytes, bytesInGigabyte), bytesInGigabyte)).toBe(bytes);
});
