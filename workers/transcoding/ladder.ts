// The renditions of a picture. Pure.
import type { FrameRate } from "#workers/timeline/timeline.ts";
import type { Rung } from "./contract.ts";
import { h264Level } from "./h264-level.ts";
import { titleCap, worthwhile, type Complexity } from "./per-title.ts";
import type { EncodingProfile, ProfileRung } from "./profile.ts";
import { wholeBufferBits } from "./vbv.ts";

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

const minBitrateBps = 100_000;
/** x264 writes the number of reference frames in the header: each preset with its own. */
const efforts: Readonly<Record<EncodingProfile["effort"], Pick<Rung, "preset" | "references">>> = {
  fast: { preset: "veryfast", references: 1 },
  balanced: { preset: "faster", references: 2 },
  thorough: { preset: "medium", references: 3 },
};
/** Of the first rung of a film that nobody can watch yet. */
const hurriedPreset = "superfast";
const hurriedSide = 360;

/** SVT-AV1: about x264's `medium` in CPU, a third to half of its bits. */
const av1 = { preset: "10", crf: 35, leastSide: 720, capShare: 0.6 };

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

/**
 * H.264 ascending, then AV1 ascending. Never larger than `size`; the top rung is the source's own size where that is
 * no more than the profile's top. Without `complexity` it is the ladder of any film of that size.
 */
export function planLadder(
  size: Size,
  frameRate: FrameRate,
  profile: EncodingProfile,
  complexity?: Complexity,
): readonly LadderRung[] {
  const capped = sidesOf(size, profile.rungs).map((side) => {
    const scaled = scaleTo(size, side / measuredSide(size));
    const profileCapBps = cappedBitrate(profile.rungs, side, frameRate);
    return { side, scaled, profileCapBps, capBps: titleCap(profileCapBps, scaled, complexity) };
  });
  const kept = complexity === undefined ? capped : worthwhile(capped);
  const avc = kept.map(({ side, scaled, capBps }) => h264Rung(side, scaled, capBps, frameRate, profile));
  if (!profile.av1) return avc;
  const high = kept.filter(({ side }) => side >= av1.leastSide);
  return [...avc, ...high.map(({ side, scaled, capBps }) => av1Rung(side, scaled, capBps))];
}

/** The rung that is made before all others, where nothing plays yet. */
export function firstRungOf(rungs: readonly LadderRung[]): LadderRung | null {
  const distance = (rung: LadderRung) => Math.abs(Math.min(rung.width, rung.height) - hurriedSide);
  return rungs
    .filter(({ codec }) => codec === "h264")
    .reduce<LadderRung | null>(
      (best, rung) => (best === null || distance(rung) < distance(best) ? rung : best),
      null,
    );
}

/** The same header, and so the same track, in less time. */
export function hurried(rung: LadderRung): LadderRung {
  return { ...rung, preset: hurriedPreset };
}

function h264Rung(
  side: number,
  scaled: Size,
  maxBitrateBps: number,
  frameRate: FrameRate,
  { effort, crf }: EncodingProfile,
): LadderRung {
  const bufferBits = wholeBufferBits(maxBitrateBps);
  const level = h264Level({ ...scaled, frameRate, maxBitrateBps, bufferBits });
  return {
    track: `v${side}`,
    ...scaled,
    codec: "h264",
    ...efforts[effort],
    crf,
    maxBitrateBps,
    bufferBits,
    level,
  };
}

function av1Rung(side: number, scaled: Size, h264CapBps: number): LadderRung {
  const maxBitrateBps = Math.round((h264CapBps * av1.capShare) / 1000) * 1000;
  return {
    track: `x${side}`,
    ...scaled,
    codec: "av1",
    preset: av1.preset,
    references: 1,
    crf: av1.crf,
    maxBitrateBps,
    bufferBits: wholeBufferBits(maxBitrateBps),
    level: "",
  };
}

function measuredSide({ width, height }: Size): number {
  return Math.max(Math.min(width, height), Math.round(Math.max(width, height) / widestAspect));
}

function sidesOf(size: Size, rungs: readonly ProfileRung[]): readonly number[] {
  const largest = rungs.at(-1)?.side;
  if (largest === undefined) throw new Error("a profile has no rungs");
  const top = Math.min(measuredSide(size), largest);
  const below = rungs.map(({ side }) => side).filter((side) => side <= top * nearlyEqual);
  return [...below, top];
}

/** 4:2:0 needs even sides. Rounds to the nearest, but never above the source. */
export function scaleTo(size: Size, factor: number): Size {
  const even = (length: number) =>
    Math.max(2, Math.min(2 * Math.round((length * factor) / 2), 2 * Math.floor(length / 2)));
  return { width: even(size.width), height: even(size.height) };
}

function cappedBitrate(rungs: readonly ProfileRung[], side: number, frameRate: FrameRate): number {
  const factor = frameRate.numerator / frameRate.denominator > 31 ? highRateFactor : 1;
  return Math.round((bitrateAt(rungs, side) * factor) / 1000) * 1000;
}

function bitrateAt(rungs: readonly ProfileRung[], side: number): number {
  const above = rungs.findIndex((rung) => rung.side >= side);
  const next = rungs[above];
  const previous = rungs[above - 1];
  if (!next) return rungs.at(-1)?.maxBitrateBps ?? minBitrateBps;
  if (!previous) {
    const smaller = Math.max(minBitrateBps, next.maxBitrateBps * (side / next.side) ** 2);
    return Math.min(next.maxBitrateBps, smaller);
  }
  const share = (side - previous.side) / (next.side - previous.side);
  return previous.maxBitrateBps + share * (next.maxBitrateBps - previous.maxBitrateBps);
}
