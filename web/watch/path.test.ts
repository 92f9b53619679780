import { expect, it } from "vitest";
import { embedSnippet, playbackIdIn } from "./path.ts";

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

it("writes an embed snippet of one script and one element", () => {
  expect(embedSnippet("https://v.example", "abc")).toBe(
    '<script type="module" src="https://v.example/player/sluice-player.js"></script>\n' +
      '<sluice-player playback-id="abc"></sluice-player>',
  );
});
