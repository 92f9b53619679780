import { expect, it } from "vitest";
import { embedSnippet, openPage, playbackIdIn, startTimeIn } from "./path.ts";

it("reads the playback id of a watch path", () => {
  expect(playbackIdIn("/watch/Wn3xZ1q0T2uLr9m5cVb7Kg")).toBe("Wn3xZ1q0T2uLr9m5cVb7Kg");
  expect(playbackIdIn("/watch/Wn3xZ1q0T2uLr9m5cVb7Kg/")).toBe("Wn3xZ1q0T2uLr9m5cVb7Kg");
});

it("takes nothing that is not one", () => {
  for (const path of [
    "/watch",
    "/watch/",
    "/watch/a/b",
    "/watch/%3Cscript%3E",
    "/upload",
    `/watch/${"a".repeat(65)}`,
  ]) {
    expect(playbackIdIn(path)).toBeNull();
  }
});

it("reads where a watch page is to begin, by the name that the embed page has for it", () => {
  expect(startTimeIn("https://v.example/watch/abc?token=a.b.c&start-time=1m30s#x")).toBe("1m30s");
  expect(startTimeIn("https://v.example/watch/abc?t=90#start-time=90")).toBeNull();
});

it("writes an embed snippet of one script and one element", () => {
  expect(embedSnippet("https://v.example", "abc", "https://v.example")).toBe(
    '<script type="module" src="https://v.example/player/sluice-player.js"></script>\n' +
      '<sluice-player playback-id="abc"></sluice-player>',
  );
});

it("says in an embed snippet where the videos are, if not beside the script", () => {
  expect(embedSnippet("https://v.example", "abc", "https://media.example")).toContain(
    '<sluice-player playback-id="abc" playback-origin="https://media.example"></sluice-player>',
  );
});

it("takes the token out of the address, and finds it again when the page is loaded again", () => {
  const opened = openPage("https://v.example/watch/abc?token=a.b.c&x=1#t", null);
  expect(opened).toEqual({ token: "a.b.c", address: "/watch/abc?x=1#t", state: { token: "a.b.c" } });
  expect(openPage("https://v.example/watch/abc?x=1#t", opened.state)).toEqual({
    token: "a.b.c",
    address: null,
    state: null,
  });
});

it("leaves an address without a token alone, whatever the history remembers", () => {
  for (const state of [null, undefined, "token", {}, { token: 7 }]) {
    expect(openPage("https://v.example/watch/abc", state)).toEqual({ token: "", address: null, state: null });
  }
});
