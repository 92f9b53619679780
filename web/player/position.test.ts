import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepPosition, readPosition, secondsOf } from "./position.ts";

function store() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

describe("a start time", () => {
  it.each([
    ["90", 90],
    ["90s", 90],
    ["1.5", 1.5],
    ["1:30", 90],
    ["1:02:03", 3723],
    ["1m30s", 90],
    ["2h", 7200],
    [" 7 ", 7],
  ])("%s is %d seconds", (text, seconds) => {
    expect(secondsOf(text)).toBe(seconds);
  });

  it.each(["", " ", "-1", "1:2:3:4", "soon", "1e9", "NaN", "s"])("%j is none", (text) => {
    expect(secondsOf(text)).toBeNull();
  });

  it("is never anything but a finite length", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const seconds = secondsOf(text);
        expect(seconds === null || (Number.isFinite(seconds) && seconds >= 0)).toBe(true);
      }),
    );
  });
});

describe("where a viewer left off", () => {
  it("is where the next playback of that video begins, and of no other", () => {
    const kept = store();
    keepPosition(kept, "a", { currentTime: 61.23, duration: 600 });
    expect([readPosition(kept, "a"), readPosition(kept, "b")]).toEqual([61.2, 0]);
  });

  it("is forgotten near either end", () => {
    const kept = store();
    for (const currentTime of [3, 595]) {
      keepPosition(kept, "a", { currentTime: 61, duration: 600 });
      keepPosition(kept, "a", { currentTime, duration: 600 });
      expect(readPosition(kept, "a")).toBe(0);
    }
  });

  it("is the start where something else stands in the store", () => {
    const kept = store();
    for (const text of ["x", "-4", "Infinity", "NaN"]) {
      kept.setItem("sluice-position-a", text);
      expect(readPosition(kept, "a")).toBe(0);
    }
  });
});
