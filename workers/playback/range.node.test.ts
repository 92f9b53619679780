import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideRange, matchesIfNoneMatch } from "./range.ts";

const etag = '"1-0.3-0-1000"';
const decide = (range: string, size = 1000, ifRange: string | null = null) =>
  decideRange(range, ifRange, size, etag);
const partial = (offsetBytes: number, sizeBytes: number) => ({ kind: "partial", offsetBytes, sizeBytes });

describe("Range", () => {
  it.each([
    ["bytes=0-0", partial(0, 1)],
    ["bytes=0-", partial(0, 1000)],
    ["bytes=500-600", partial(500, 101)],
    ["bytes=999-", partial(999, 1)],
    ["bytes=0-99999999999999999999999", partial(0, 1000)],
    ["bytes=-1", partial(999, 1)],
    ["bytes=-5000", partial(0, 1000)],
    ["BYTES=1-2", partial(1, 2)],
    ["bytes= 1-2 ", partial(1, 2)],
  ])("%s is a part", (range, expected) => {
    expect(decide(range)).toEqual(expected);
  });

  it.each(["bytes=1000-", "bytes=1000-2000", "bytes=99999999999999999999-", "bytes=-0"])(
    "%s can't be satisfied",
    (range) => {
      expect(decide(range)).toEqual({ kind: "unsatisfiable" });
    },
  );

  it.each([
    "bytes=5-4",
    "bytes=-",
    "bytes=",
    "bytes",
    "bytes=a-b",
    "bytes=1-2,4-5",
    "bytes=--1",
    "bytes=1-2-3",
    "bytes=+1-2",
    "bytes=0x1-2",
    "items=0-1",
    "",
    "bytes=1.5-2",
  ])("%s is ignored", (range) => {
    expect(decide(range)).toEqual({ kind: "whole" });
  });

  it("is ignored when If-Range names other bytes, weakly the same ones, or a date", () => {
    expect(decide("bytes=0-1", 1000, etag)).toEqual(partial(0, 2));
    expect(decide("bytes=0-1", 1000, '"other"')).toEqual({ kind: "whole" });
    expect(decide("bytes=0-1", 1000, `W/${etag}`)).toEqual({ kind: "whole" });
    expect(decide("bytes=0-1", 1000, "Wed, 21 Oct 2026 07:28:00 GMT")).toEqual({ kind: "whole" });
  });

  it("never leaves the resource, and every satisfiable range is answered exactly", () => {
    const size = fc.integer({ min: 1, max: 1e9 });
    fc.assert(
      fc.property(size, fc.nat(2e9), fc.option(fc.nat(2e9)), (bytes, first, last) => {
        const decision = decideRange(`bytes=${first}-${last ?? ""}`, null, bytes, etag);
        if (last !== null && last < first) expect(decision.kind).toBe("whole");
        else if (first >= bytes) expect(decision.kind).toBe("unsatisfiable");
        else expect(decision).toEqual(partial(first, Math.min(last ?? Infinity, bytes - 1) - first + 1));
      }),
    );
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 2e9 }), (bytes, suffix) => {
        const length = Math.min(suffix, bytes);
        expect(decideRange(`bytes=-${suffix}`, null, bytes, etag)).toEqual(partial(bytes - length, length));
      }),
    );
  });

  it("never throws, whatever the header says", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 1e9 }), (text, bytes) => {
        for (const range of [text, `bytes=${text}`]) {
          const decision = decideRange(range, null, bytes, etag);
          if (decision.kind !== "partial") continue;
          expect(decision.sizeBytes).toBeGreaterThan(0);
          expect(decision.offsetBytes).toBeGreaterThanOrEqual(0);
          expect(decision.offsetBytes + decision.sizeBytes).toBeLessThanOrEqual(bytes);
        }
      }),
    );
  });
});

describe("If-None-Match", () => {
  it.each([
    [etag, true],
    [`W/${etag}`, true],
    [`"a", ${etag} , "b"`, true],
    ["*", true],
    ['"1-0.3-0-100"', false],
    ["", false],
    [etag.slice(1, -1), false],
  ])("%s: %s", (header, expected) => {
    expect(matchesIfNoneMatch(header, etag)).toBe(expected);
  });

  it("compares weakly a tag that is weak itself", () => {
    expect(matchesIfNoneMatch('"abc"', 'W/"abc"')).toBe(true);
    expect(matchesIfNoneMatch(null, 'W/"abc"')).toBe(false);
  });
});
