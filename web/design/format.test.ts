import { expect, it } from "vitest";
import { formatBytes, formatClock, formatTimeLeft, formatWhen } from "./format.ts";

it("writes bytes with two or three figures", () => {
  expect(
    [0, 999, 1000, 1_450_000, 9_960_000, 320_000_000, 999_600_000, 1_400_000_000].map(formatBytes),
  ).toEqual(["0 B", "999 B", "1.0 KB", "1.4 MB", "10 MB", "320 MB", "1.0 GB", "1.4 GB"]);
});

it("writes a duration as a clock does", () => {
  expect([0, 7.4, 59.6, 750, 3725].map(formatClock)).toEqual(["0:00", "0:07", "1:00", "12:30", "1:02:05"]);
});

it("writes the time left coarsely", () => {
  expect([2, 31, 58, 130, 7300].map(formatTimeLeft)).toEqual([
    "a few seconds left",
    "35 seconds left",
    "about 1 minute left",
    "about 2 minutes left",
    "about 2 hours left",
  ]);
});

it("writes how long ago something was, and a date when it is long ago", () => {
  const nowMs = Date.parse("2026-11-22T12:00:00Z");
  expect(formatWhen("2026-11-22T11:59:50Z", nowMs)).toBe("just now");
  expect(formatWhen("2026-11-22T11:50:00Z", nowMs)).toBe("10 minutes ago");
  expect(formatWhen("2026-11-21T12:00:00Z", nowMs)).toBe("yesterday");
  expect(formatWhen("2026-05-01T12:00:00Z", nowMs)).toBe("May 1, 2026");
});
