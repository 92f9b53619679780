import { describe, expect, it } from "vitest";
import { maxAttempts, nextDelaySeconds, retryAfterSeconds } from "./schedule.ts";

const nowMs = Date.UTC(2026, 10, 23, 12);
const hour = 3_600;

describe("the wait before the next attempt", () => {
  it.each([
    ["longer than ours is granted", 1, { seconds: 600, elapsedSeconds: 0 }, 600],
    ["shorter than ours shortens nothing", 3, { seconds: 60, elapsedSeconds: 305 }, 1_800],
    ["of weeks is cut to the longest of ours", 1, { seconds: 14 * 24 * hour, elapsedSeconds: 0 }, 10 * hour],
    ["ends with the day of the schedule", 2, { seconds: 10 * hour, elapsedSeconds: 95_705 }, hour],
    ["that comes after that day is not granted", 2, { seconds: 10 * hour, elapsedSeconds: 200_000 }, 300],
    ["of nothing changes nothing", 1, null, 5],
  ])("that is asked for, %s", (_, failed, asked, seconds) => {
    expect(nextDelaySeconds(failed, 0, asked)).toBe(seconds);
  });

  it("is never longer than a queue holds a message back, and gives no attempt more", () => {
    const asked = { seconds: 10 ** 9, elapsedSeconds: 0 };
    for (let failed = 1; failed < maxAttempts; failed += 1)
      expect(nextDelaySeconds(failed, 0.999, asked)).toBeLessThan(12 * hour);
    expect(nextDelaySeconds(maxAttempts, 0, asked)).toBeNull();
  });
});

describe("Retry-After", () => {
  it.each([
    [429, "120", 120],
    [503, " 7 ", 7],
    [503, "Mon, 23 Nov 2026 12:02:00 GMT", 120],
    [503, "Mon, 23 Nov 2026 11:00:00 GMT", 0],
    [500, "120", null],
    [429, null, null],
    [429, "soon", null],
    [429, "-5", null],
    [429, "1e3", null],
    [429, "2027", 2_027],
  ])("of %i that says %s is %s seconds", (status, text, seconds) => {
    expect(retryAfterSeconds(status, text, nowMs)).toBe(seconds);
  });
});
