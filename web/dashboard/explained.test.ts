import { expect, it } from "vitest";
import { explainedUrl } from "./explained.ts";

const nobody = { playbackId: "kq1mH0b7", file: "hls.m3u8", token: "", asks: "" } as const;
const urlOf = (change: object) => explainedUrl("https://play.example", { ...nobody, ...change });

it("asks as somebody without a token does, where none is given", () => {
  expect(urlOf({})).toBe("https://play.example/p/kq1mH0b7/hls.m3u8?explain=1");
});

it("takes a viewer's token by itself, or out of the address that they were given", () => {
  const asked = "https://play.example/p/kq1mH0b7/dash.mpd?token=a.b.c&explain=1";
  expect(urlOf({ file: "dash.mpd", token: "a.b.c" })).toBe(asked);
  expect(urlOf({ file: "dash.mpd", token: "https://x.example/watch/kq1mH0b7?t=3&token=a.b.c" })).toBe(asked);
  expect(urlOf({ token: "https://x.example/watch/kq1mH0b7" })).toBe(urlOf({}));
});

it("asks for what the viewer asks for, and never for it twice", () => {
  expect(urlOf({ asks: "token=a.b.c" })).toBe(urlOf({ token: "a.b.c" }));
  expect(urlOf({ asks: "?maxHeight=720&codecs=avc1,mp4a&token=old&explain=0", token: "new" })).toBe(
    "https://play.example/p/kq1mH0b7/hls.m3u8?maxHeight=720&codecs=avc1%2Cmp4a&token=new&explain=1",
  );
});
