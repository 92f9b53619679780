import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchPlaybackPath, readCount, splitUrl } from "./path.ts";

const id = "Ab3_-5678901234567890x";
const session = "S".repeat(96);
const track = { session, version: 2, track: "v720" };

describe("paths", () => {
  it.each([
    ["hls.m3u8", { kind: "multivariant" }],
    ["dash.mpd", { kind: "mpd" }],
    ["thumbnail.jpg", { kind: "picture", name: "thumbnail" }],
    ["storyboard.vtt", { kind: "picture", name: "storyboardText" }],
    ["storyboard.jpg", { kind: "picture", name: "storyboard" }],
    ["preview.mp4", { kind: "picture", name: "preview" }],
    [`s/${session}/event`, { kind: "event", session }],
    [`s/${session}/2-v720/index.m3u8`, { kind: "media", ...track }],
    [`s/${session}/2-v720/iframes.m3u8`, { kind: "iframes", ...track }],
    [`s/${session}/2-v720/init.mp4`, { kind: "init", ...track }],
    [`s/${session}/2-v720/3/0.m4s`, { kind: "segment", ...track, g: 3, n: 0 }],
    [`s/${session}/2-v720/1/9999999.m4s`, { kind: "segment", ...track, g: 1, n: 9_999_999 }],
  ])("%s is ours", (rest, route) => {
    expect(matchPlaybackPath(`/p/${id}/${rest}`)).toEqual({ playbackId: id, route });
  });

  it.each([
    "/",
    "/p",
    "/p/",
    `/p/${id}`,
    `/p/${id}/`,
    `/p//${id}/hls.m3u8`,
    `/p/${id}//hls.m3u8`,
    `/p/${id}/hls.m3u8/`,
    `/p/${id}/HLS.m3u8`,
    `/p/${id}/index.m3u8`,
    `/p/../p/${id}/hls.m3u8`,
    `/p/${id}/../hls.m3u8`,
    `/p/%41b3_-5678901234567890x/hls.m3u8`,
    `/p/${id}/hls%2em3u8`,
    `/p/short/hls.m3u8`,
    `/p/${"a".repeat(65)}/hls.m3u8`,
    `/p/${id}/s`,
    `/p/${id}/s/${session}`,
    `/p/${id}/s/${session}/2-v720`,
    `/p/${id}/s/${session}/event/`,
    `/p/${id}/s/${session}/Event`,
    `/p/${id}/s/${session}/event/index.m3u8`,
    `/p/${id}/s//event`,
    `/p/${id}/s/${"S".repeat(129)}/event`,
    `/p/${id}/event`,
    `/p/${id}/s//2-v720/index.m3u8`,
    `/p/${id}/s/${session}=/2-v720/index.m3u8`,
    `/p/${id}/s/${"S".repeat(129)}/2-v720/index.m3u8`,
    `/p/${id}/s/${session}/v720/index.m3u8`,
    `/p/${id}/s/${session}/-v720/index.m3u8`,
    `/p/${id}/s/${session}/02-v720/index.m3u8`,
    `/p/${id}/s/${session}/2-V720/index.m3u8`,
    `/p/${id}/s/${session}/2-720/index.m3u8`,
    `/p/${id}/s/${session}/2-../index.m3u8`,
    `/p/${id}/s/${session}/2-v%2f/index.m3u8`,
    `/p/${id}/s/${session}/2-${"v".repeat(17)}/index.m3u8`,
    `/p/${id}/s/${session}/2-v720/index.bin`,
    `/p/${id}/s/${session}/2-v720/../index.m3u8`,
    `/p/${id}/s/${session}/2-v720/2/0`,
    `/p/${id}/s/${session}/2-v720/2/.m4s`,
    `/p/${id}/s/${session}/2-v720/2/-1.m4s`,
    `/p/${id}/s/${session}/2-v720/2/1e3.m4s`,
    `/p/${id}/s/${session}/2-v720/2/00.m4s`,
    `/p/${id}/s/${session}/2-v720/2/0.m4s.m4s`,
    `/p/${id}/s/${session}/2-v720/2/99999999.m4s`,
    `/p/${id}/s/${session}/2-v720//0.m4s`,
    `/p/${id}/s/${session}/2-v720/2/0.m4s/`,
    `/p/${id}/s/${session}/2-v720/2/0.m4s/x/y/z`,
    `/q/${id}/hls.m3u8`,
  ])("%s is not", (path) => {
    expect(matchPlaybackPath(path)).toBeNull();
  });

  it("have one spelling: what matches is what would be printed", () => {
    const piece = fc.oneof(
      fc.constantFrom("s", session, "1-v720", "2", "0.m4s", "", ".", "..", id),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const path = `/p/${pieces.join("/")}`;
        const matched = matchPlaybackPath(path);
        if (matched === null || matched.route.kind !== "segment") return;
        const { route } = matched;
        expect(path).toBe(
          `/p/${matched.playbackId}/s/${route.session}/${route.version}-${route.track}/${route.g}/${route.n}.m4s`,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("read counts in their one spelling", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 9 }), (text) => {
        const value = readCount(text);
        if (value !== null) expect(String(value)).toBe(text);
      }),
    );
  });
});

describe("splitUrl", () => {
  it.each([
    ["https://a.example/p/x?time=1&b=/?", "/p/x", "time=1&b=/?"],
    ["https://a.example/p/x#?y", "/p/x", ""],
    ["https://a.example/p/x?q#f", "/p/x", "q"],
    ["https://a.example", "/", ""],
    ["http://127.0.0.1:8787//p/x", "//p/x", ""],
  ])("%s", (url, path, query) => {
    expect(splitUrl(url)).toEqual({ path, query });
  });
});
