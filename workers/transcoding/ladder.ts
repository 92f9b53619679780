// The renditions of a picture. Pure.
import type { FrameRate } from "#workers/timeline/timeline.ts";
import type { Rung } from "./contract.ts";
import { h264Level } from "./h264-level.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What the source says of its picture; `ProbedVideo` is one. */
export interface CodedPicture extends Size {
  readonly sampleAspect: { readonly numerator: number; readonly denominator: number };
  readonly rotationDegrees: number;
}

/** All of a rung that does not depend on an attempt. */
export type LadderRung = Omit<Rung, "upload">;

/** Height (of landscape) or width (of portrait) → cap at up to 30 fps. */
const standard = [
  { side: 240, maxBitrateBps: 400_000 },
  { side: 360, maxBitrateBps: 800_000 },
  { side: 480, maxBitrateBps: 1_400_000 },
  { side: 720, maxBitrateBps: 2_800_000 },
  { side: 1080, maxBitrateBps: 5_000_000 },
] as const;
const largest = standard[4].side;
const minBitrateBps = 100_000;
const crf = 22;
const preset = "faster";
/** What x264 uses at that preset. */
const references = 2;

/** Cinemascope is 2.39. Wider (or taller) pictures are measured by their long side, so that no rung explodes. */
const widestAspect = 2.4;
/** A rung above this share of the next one is the same picture twice. */
const nearlyEqual = 0.85;
/** Twice the frames are not twice the bits. */
const highRateFactor = 1.5;
/** Beyond this a sample aspect is a mistake of the header. */
const extremeSampleAspect = 4;

/** The picture as it is seen: square pixels, upright, whole pixels. */
export function displaySize(picture: CodedPicture): Size {
  const aspect = picture.sampleAspect.numerator / picture.sampleAspect.denominator;
  const believed = aspect >= 1 / extremeSampleAspect && aspect <= extremeSampleAspect ? aspect : 1;
  const width = Math.max(1, Math.round(picture.width * believed));
  const sideways = picture.rotationDegrees % 180 !== 0;
  return sideways ? { width: picture.height, height: width } : { width, height: picture.height };
}

/** Ascending. Never larger than `size`; the top rung is the source's own size where that is at most 1080p. */
export function planLadder(size: Size, frameRate: FrameRate): readonly LadderRung[] {
  const side = Math.max(
    Math.min(size.width, size.height),
    Math.round(Math.max(size.width, size.height) / widestAspect),
  );
  const top = Math.min(side, largest);
  const sides = [
    ...standard.map((rung) => rung.side as number).filter((rung) => rung <= top * nearlyEqual),
    top,
  ];
  return sides.map((rungSide): LadderRung => {
    const scaled = scaleTo(size, rungSide / side);
    const maxBitrateBps = cappedBitrate(rungSide, frameRate);
    const bufferBits = maxBitrateBps * 2;
    return {
      track: `v${rungSide}`,
      ...scaled,
      codec: "h264",
      preset,
      references,
      crf,
      maxBitrateBps,
      bufferBits,
      level: h264Level({ ...scaled, frameRate, maxBitrateBps, bufferBits }),
    };
  });
}

/** 4:2:0 needs even sides. Rounds to the nearest, but never above the source. */
export function scaleTo(size: Size, factor: number): Size {
  const even = (length: number) =>
    Math.max(2, Math.min(2 * Math.round((length * factor) / 2), 2 * Math.floor(length / 2)));
  return { width: even(size.width), height: even(size.height) };
}

function cappedBitrate(side: number, frameRate: FrameRate): number {
  const factor = frameRate.numerator / frameRate.denominator > 31 ? highRateFactor : 1;
  return Math.round((bitrateAt(side) * factor) / 1000) * 1000;
}

function bitrateAt(side: number): number {
  const above = standard.findIndex((rung) => rung.side >= side);
  const next = standard[above];
  const previous = standard[above - 1];
  if (!next) return standard[4].maxBitrateBps;
  if (!previous) return Math.max(minBitrateBps, next.maxBitrateBps * (side / next.side) ** 2);
  const share = (side - previous.side) / (next.side - previous.side);
  return previous.maxBitrateBps + share * (next.maxBitrateBps - previous.maxBitrateBps);
}
