import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { signGrant, verifyGrant, type ObjectGrant } from "#workers/transcoding/object-url.ts";
import { fileNameOf, keyFault } from "./object-key.ts";

describe("a key that may be registered", () => {
  it.each([
    "films/a.mp4",
    "a",
    "ä/ö ü%2f?#&+.mov",
    "/leading",
    "a//b",
    "a/",
    "videosx/1",
    "x/videos/1",
    "...",
    "a..b",
  ])("%j", (key) => {
    expect(keyFault(key)).toBeNull();
  });

  it("of 1,024 bytes, however few characters these are", () => {
    expect([keyFault("x".repeat(1_024)), keyFault("é".repeat(512))]).toEqual([null, null]);
    expect(keyFault("x".repeat(1_025))).not.toBeNull();
    expect(keyFault("é".repeat(513))).not.toBeNull();
  });

  it("leads to itself by a URL's path", () => {
    const key = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
    const dotted = fc
      .array(fc.constantFrom("a", ".", "..", "%2e", "%2E%2e", "", "b c"), { minLength: 1 })
      .map((parts) => parts.join("/"));
    fc.assert(
      fc.property(fc.oneof(key, dotted), (given) => {
        if (keyFault(given) !== null) return;
        const escaped = given.split("/").map(encodeURIComponent).join("/");
        const { pathname } = new URL(`https://bucket.test/media/${escaped}`);
        expect(decodeURIComponent(pathname)).toBe(`/media/${given}`);
      }),
      { numRuns: 500 },
    );
  });

  it("fits into the URL of a task, also where JSON makes it twice as long", async () => {
    const grant: ObjectGrant = {
      method: "GET",
      ...{ key: '"'.repeat(1_024), sizeBytes: 2 ** 42, taskId: `tsk_${"0".repeat(26)}` },
      ...{ attempt: 99, tokenId: `rtk_${"0".repeat(26)}`, expiresMs: 2 ** 42 },
    };
    const read = await verifyGrant("secret", await signGrant("secret", grant), 0);
    expect(read).toEqual({ ok: true, value: grant });
  });
});

describe("a key that may not", () => {
  it.each([
    ["none", ""],
    ["a video's", "videos/vid_1/1/v720/init.mp4"],
    ["an upload's", "sources/vid_1/original"],
    ["a live stream's", "live/liv_1/0/v720/0.m4s"],
    ["one that a URL would lead elsewhere", "films/../videos/vid_1/1/v720/init.mp4"],
    ["one with a segment that a URL loses", "./films/a.mp4"],
    ["one with a line break", "films/a\nb.mp4"],
    ["one with a NUL", "films/a\0.mp4"],
    ["one that has no UTF-8", "films/\ud800.mp4"],
  ])("%s", (_, key) => {
    expect(keyFault(key)).not.toBeNull();
  });
});

it("a file's name is the last segment that there is", () => {
  expect(["films/a.mp4", "a", "a/b/", "//"].map(fileNameOf)).toEqual(["a.mp4", "a", "b", null]);
});
