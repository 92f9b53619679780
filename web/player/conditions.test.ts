import { describe, expect, it } from "vitest";
import { conditionOf, noticeFor, preparingDelayMs, problemCode, type Condition } from "./conditions.ts";

describe("conditionOf", () => {
  it("waits for a video that is being encoded", () => {
    expect(conditionOf(409, "notYetPlayable")).toBe("preparing");
    expect(conditionOf(409, "notYetComplete")).toBe("preparing");
  });

  it("tells a video that failed from one that does not exist, though both answer 404", () => {
    expect(conditionOf(404, "videoNotPlayable")).toBe("notPlayable");
    expect(conditionOf(404, "notFound")).toBe("notFound");
    expect(conditionOf(404, null)).toBe("notFound");
  });

  it("tells a missing token from an ended session", () => {
    expect(conditionOf(403, "playbackTokenRequired")).toBe("tokenRequired");
    expect(conditionOf(403, "sessionExpired")).toBe("refused");
    expect(conditionOf(403, "invalidSession")).toBe("refused");
  });

  it("blames the network only when there was no answer", () => {
    expect(conditionOf(0, null)).toBe("network");
    expect(conditionOf(503, "unavailable")).toBe("busy");
    expect(conditionOf(429, null)).toBe("busy");
  });
});

describe("noticeFor", () => {
  const all: readonly Condition[] = [
    "preparing",
    "notFound",
    "notPlayable",
    "tokenRequired",
    "refused",
    "network",
    "busy",
    "decode",
    "unsupported",
  ];

  it("has words for every condition, and waits by itself in one only", () => {
    for (const condition of all) expect(noticeFor(condition).title).not.toBe("");
    expect(all.filter((condition) => noticeFor(condition).next === "wait")).toEqual(["preparing"]);
  });
});

describe("problemCode", () => {
  it("reads the code of a problem document", () => {
    expect(problemCode('{"status":409,"code":"notYetPlayable"}')).toBe("notYetPlayable");
  });

  it("is null for anything else", () => {
    for (const body of ["", "<html>", "null", "[]", '"code"', '{"code":7}'])
      expect(problemCode(body)).toBeNull();
  });
});

it("asks again after 2 s at first and never waits longer than 10 s", () => {
  expect(preparingDelayMs(0)).toBe(2000);
  expect(preparingDelayMs(3)).toBeGreaterThan(preparingDelayMs(2));
  expect(preparingDelayMs(1000)).toBe(10_000);
});
