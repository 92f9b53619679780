import { expect, it } from "vitest";
import { codecsOf, ffmpegCodecs } from "./encoders.ts";

const legend = "Encoders:\n V..... = Video\n A..... = Audio\n ------\n";

it("claims for the encoders that FFmpeg lists, by their exact names", () => {
  const listed = `${legend} V....D libx264              libx264 H.264\n V....D libx264rgb           libx264 RGB\n A....D aac                  AAC\n A....D libopus              libopus Opus\n`;
  expect(codecsOf(listed)).toEqual(["h264", "aac", "opus"]);
  expect(codecsOf(`${legend} V....D libx264rgb  x\n V..... h264_nvenc  x\n A....D aac_mf  x\n`)).toEqual([]);
  expect(codecsOf("")).toEqual([]);
});

it("finds what this machine's FFmpeg has", async () => {
  expect(await ffmpegCodecs()).toEqual(expect.arrayContaining(["h264", "aac"]));
});
