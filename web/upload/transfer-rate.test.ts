import fc from "fast-check";
import { expect, it } from "vitest";
import { TransferRate } from "./transfer-rate.ts";

it("tells nothing before it has seen enough", () => {
  const rate = new TransferRate();
  expect(rate.bytesPerSecond()).toBeNull();
  rate.add(0, 0);
  rate.add(5000, 100);
  expect(rate.bytesPerSecond()).toBeNull();
  expect(rate.secondsLeft(10_000)).toBeNull();
});

it("finds a steady speed and the time left, whatever the rhythm of the samples", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 20, maxLength: 60 }),
      (bytesPerMs, gapsMs) => {
        const rate = new TransferRate();
        let nowMs = 0;
        for (const gapMs of [0, 1000, ...gapsMs]) rate.add((nowMs += gapMs) * bytesPerMs, nowMs);
        expect(rate.bytesPerSecond()).toBeCloseTo(bytesPerMs * 1000, 3);
        expect(rate.secondsLeft((nowMs + 30_000) * bytesPerMs)).toBeCloseTo(30, 6);
      },
    ),
  );
});

it("follows a change of speed within seconds", () => {
  const rate = new TransferRate();
  let sentBytes = 0;
  for (let second = 0; second < 20; second++) rate.add((sentBytes += 1000), second * 1000);
  for (let second = 20; second < 30; second++) rate.add((sentBytes += 50), second * 1000);
  expect(rate.bytesPerSecond()).toBeCloseTo(50, 6);
});

it("starts over when a retry goes back to what the server has", () => {
  const rate = new TransferRate();
  rate.add(0, 0);
  rate.add(9000, 3000);
  rate.add(4000, 4000);
  expect(rate.bytesPerSecond()).toBeNull();
  rate.add(5000, 5000);
  expect(rate.bytesPerSecond()).toBe(1000);
});

it("promises no end to an upload that stands still", () => {
  const rate = new TransferRate();
  rate.add(100, 0);
  rate.add(100, 2000);
  expect(rate.secondsLeft(1000)).toBeNull();
});
