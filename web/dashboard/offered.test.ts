import { expect, it } from "vitest";
import { offeredBy } from "./offered.ts";

it("reads pictures, largest first and each once, and the tracks beside them", () => {
  const playlist = [
    "#EXTM3U",
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English, stereo",LANGUAGE="en",CHANNELS="2",URI="a.m3u8"',
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="b",NAME="English, stereo",LANGUAGE="en",CHANNELS="2",URI="b.m3u8"',
    '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="Deutsch",LANGUAGE="de",URI="s.m3u8"',
    '#EXT-X-STREAM-INF:BANDWIDTH=800000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=25.000',
    "v360.m3u8",
    '#EXT-X-STREAM-INF:BANDWIDTH=3000000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=25.000',
    "v720.m3u8",
    '#EXT-X-STREAM-INF:BANDWIDTH=3100000,CODECS="avc1.64001f,opus",RESOLUTION=1280x720,FRAME-RATE=25.000',
    "v720.m3u8",
  ].join("\n");
  expect(offeredBy(playlist)).toEqual({
    pictures: [
      {
        resolution: "1280 × 720",
        codecs: "avc1.64001f,mp4a.40.2",
        frameRate: "25.000",
        bandwidthBps: 3_000_000,
      },
      {
        resolution: "640 × 360",
        codecs: "avc1.64001e,mp4a.40.2",
        frameRate: "25.000",
        bandwidthBps: 800_000,
      },
    ],
    tracks: [
      { kind: "Sound", name: "English, stereo", language: "en", channels: "2" },
      { kind: "Text", name: "Deutsch", language: "de", channels: "" },
    ],
  });
});

it("finds nothing in what is no playlist", () => {
  for (const text of ["", "<html>", "#EXT-X-STREAM-INF:", "#EXT-X-MEDIA"])
    expect(offeredBy(text)).toEqual({ pictures: [], tracks: [] });
});
