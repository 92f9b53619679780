// Every kind of bad, odd and hostile source that there is a rule for, each made in code, with what must become of it.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as media from "./media.ts";

/** What a decoder finds in the encoded tracks; only what a row names is compared. */
export interface EncodedFacts {
  readonly size?: string;
  readonly frames?: number;
  readonly frameRate?: string;
  readonly seconds?: number;
  readonly sounds?: number;
  readonly texts?: number;
  readonly transfer?: string;
}

export type Outcome =
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "encoded"; readonly facts: EncodedFacts };

export interface SourceRow {
  readonly name: string;
  readonly make: (dir: string) => Promise<string>;
  readonly outcome: Outcome;
  /** Takes more than a few seconds: not for every run of the tests. */
  readonly isLong?: true;
}

const refused = (code: string): Outcome => ({ kind: "refused", code });
const encoded = (facts: EncodedFacts): Outcome => ({ kind: "encoded", facts });
const ordinary = { size: "320x180", frames: 90, frameRate: "30/1" } as const;
/** Where nobody listens: who asks, fails, and the tests beside the launcher see who asks. */
const elsewhere = "http://127.0.0.1:9/secret.ts";

export const sourceSet: readonly SourceRow[] = [
  { name: "truncated, index first", make: media.makeTruncated, outcome: refused("sourceTruncated") },
  { name: "truncated, index last", make: media.makeWithoutMoov, outcome: refused("unreadable") },
  { name: "64k of zeros", make: media.makeZeros, outcome: refused("unreadable") },
  { name: "noise", make: media.makeNoise, outcome: refused("unreadable") },
  { name: "text named .mp4", make: media.makeTextNamedMp4, outcome: refused("unreadable") },
  { name: "zero bytes", make: media.makeEmpty, outcome: refused("emptyFile") },
  { name: "audio only", make: media.makeAudioOnly, outcome: encoded({ sounds: 1, seconds: 5 }) },
  { name: "no audio", make: media.makeSilent, outcome: encoded({ ...ordinary, sounds: 0 }) },
  { name: "rotation 90", make: media.makeRotated, outcome: encoded({ size: "180x320", frames: 90 }) },
  { name: "odd size, 4:4:4", make: media.makeOddSize, outcome: encoded({ size: "320x180", frames: 90 }) },
  { name: "10 bits", make: media.makeTenBit, outcome: encoded(ordinary) },
  {
    name: "HDR10",
    make: media.makeHdr,
    outcome: encoded({ size: "320x180", frames: 30, transfer: "bt709" }),
  },
  { name: "1 fps", make: (dir) => rated(dir, "1", 6), outcome: encoded({ frames: 6, frameRate: "1/1" }) },
  {
    name: "120 fps",
    make: (dir) => rated(dir, "120", 3),
    outcome: encoded({ frames: 180, frameRate: "60/1" }),
  },
  { name: "8K", make: makeEightK, outcome: encoded({ size: "1920x1080", frames: 4 }), isLong: true },
  { name: "4K", make: makeFourK, outcome: encoded({ size: "1920x1080", frames: 60 }), isLong: true },
  { name: "beyond 8K", make: media.makeHugePicture, outcome: refused("tooLargeDimensions") },
  {
    name: "picture bomb, 16k x 16k",
    make: makePictureBomb,
    outcome: refused("tooLargeDimensions"),
    isLong: true,
  },
  {
    name: "interlaced",
    make: media.makeInterlaced,
    outcome: encoded({ size: "320x180", frameRate: "25/1" }),
  },
  {
    name: "variable rate",
    make: media.makeVariableRate,
    outcome: encoded({ size: "320x180", frameRate: "30/1" }),
  },
  {
    name: "sounds and texts in two languages (MP4)",
    make: (dir) => makeLanguages(dir, "languages.mp4", "mov_text"),
    outcome: encoded({ sounds: 2, texts: 2, frames: 90 }),
  },
  {
    name: "sounds and texts in two languages (Matroska)",
    make: (dir) => makeLanguages(dir, "languages.mkv", "srt"),
    outcome: encoded({ sounds: 2, texts: 2, frames: 90 }),
  },
  {
    name: "broken timestamps",
    make: makeBrokenTimestamps,
    outcome: encoded({ size: "320x180", seconds: 3.1 }),
  },
  { name: "header claims 46 days", make: media.makeClaimsDays, outcome: encoded(ordinary) },
  { name: "one picture lasts for days", make: media.makeTimestampBomb, outcome: refused("durationTooLong") },
  {
    name: "cut by an edit list, sound not",
    make: media.makeEdited,
    outcome: encoded({ size: "320x180", seconds: 3 }),
  },
  { name: "sound goes on", make: media.makeSoundGoesOn, outcome: encoded({ frames: 180, sounds: 1 }) },
  { name: "picture starts late", make: media.makeLatePicture, outcome: encoded({ seconds: 4, sounds: 1 }) },
  { name: "one key frame", make: media.makeSparseKeys, outcome: encoded({ frames: 120, frameRate: "10/1" }) },
  { name: "AVI", make: media.makeAvi, outcome: encoded(ordinary) },
  { name: "FLV", make: media.makeFlv, outcome: encoded(ordinary) },
  { name: "WebM", make: media.makeWebm, outcome: encoded(ordinary) },
  { name: "MPEG-PS", make: media.makeMpegPs, outcome: encoded({ size: "320x180", frameRate: "30/1" }) },
  { name: "MOV with PCM", make: media.makeMovWithPcm, outcome: encoded(ordinary) },
  ...(["concat", "hls", "dash", "sdp"] as const).map((kind): SourceRow => ({
    name: `${kind} named .mp4, an address inside`,
    make: (dir) => media.makeDisguised(dir, kind, elsewhere),
    outcome: refused("unreadable"),
  })),
  { name: "HLS named .mp4, a local file inside", make: makeLocalPlaylist, outcome: refused("unreadable") },
  { name: "SVG", make: makeSvg, outcome: refused("unreadable") },
];

function rated(dir: string, rate: string, seconds: number): Promise<string> {
  return media.makeClip(dir, { name: `${rate}.mp4`, rate, seconds, size: "160x90" });
}

function makeEightK(dir: string): Promise<string> {
  return media.makeClip(dir, { name: "8k.mp4", size: "7680x4320", rate: "2", seconds: 2, audio: false });
}

function makeFourK(dir: string): Promise<string> {
  return media.makeClip(dir, { name: "4k.mp4", size: "3840x2160", seconds: 2, audio: false });
}

/** As large as FFmpeg itself lets anyone make one, and a thousandth of it in bytes. */
async function makePictureBomb(dir: string): Promise<string> {
  const path = join(dir, "bomb.mov");
  const picture = ["-f", "lavfi", "-i", "color=s=16000x16000:r=1:d=1"];
  await media.ffmpeg(...picture, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", path);
  return path;
}

async function makeLanguages(dir: string, name: string, textCodec: string): Promise<string> {
  const text = join(dir, `${name}.srt`);
  await writeFile(text, "1\n00:00:01,000 --> 00:00:02,000\nHello\n");
  const path = join(dir, name);
  await media.ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc2=s=160x90:r=30:d=3", "-f", "lavfi", "-i", "sine=f=440:r=48000:d=3"],
    ...["-f", "lavfi", "-i", "sine=f=880:r=48000:d=3", "-i", text, "-i", text],
    ...[
      "-map",
      "0",
      "-map",
      "1",
      "-map",
      "2",
      "-map",
      "3",
      "-map",
      "4",
      "-c:v",
      "libx264",
      "-preset",
      "ultrafast",
    ],
    ...["-c:a", "aac", "-c:s", textCodec, "-pix_fmt", "yuv420p"],
    ...["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fre"],
    ...["-metadata:s:s:0", "language=eng", "-metadata:s:s:1", "language=fre", path],
  );
  return path;
}

/** Pictures that claim times up to a fifth of a second off, in no order. */
async function makeBrokenTimestamps(dir: string): Promise<string> {
  const videoArgs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "0"];
  const clip = await media.makeClip(dir, { name: "straight.mkv", videoArgs });
  const path = join(dir, "broken.mkv");
  const broken = "setts=pts=PTS+if(eq(mod(N\\,7)\\,3)\\,200\\,0):dts=DTS";
  await media.ffmpeg("-i", clip, "-map", "0", "-c", "copy", "-bsf:v", broken, path);
  return path;
}

async function makeLocalPlaylist(dir: string): Promise<string> {
  const target = await media.makeClip(dir, { name: "local-target.ts", seconds: 1 });
  return media.makeDisguised(dir, "hls", target);
}

async function makeSvg(dir: string): Promise<string> {
  const path = join(dir, "picture.mp4");
  await writeFile(
    path,
    '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64"/></svg>',
  );
  return path;
}
