// How fast a track may arrive. Its parts are encoded by themselves, each with a fresh buffer, so the bound of the whole
// must come from tighter bounds of the parts. Pure.
//
// A part of T seconds is encoded at r = 0.9 R with a buffer of b = 1.5 R bits that is 0.4 full at its start. Then t
// seconds of it hold at most b + r t bits, and the first t seconds at most 0.4 b + r t = 0.6 R + 0.9 R t. Any span of t
// seconds is the end of one part, k whole parts and the start of another: at most 1.5 R + 0.6 R (k + 1) + 0.9 R t. As
// t >= k T and T >= 6 s, the k whole parts give back 0.1 R t >= 0.6 R k: the span holds at most R t + 2.1 R bits.
// Only the last part of a film is shorter than 6 s, and it is never one of the k.
import type { FrameRate } from "#workers/timeline/timeline.ts";
import type { Rung } from "./contract.ts";

const rateShare = 0.9;
const partBufferSeconds = 1.5;
const initialShare = 0.4;
const wholeBufferSeconds = 2.1;

/** `bufferBits` of a rung, by its `maxBitrateBps`. */
export function wholeBufferBits(maxBitrateBps: number): number {
  return Math.round(maxBitrateBps * wholeBufferSeconds);
}

export interface PartVbv {
  readonly maxBitrateBps: number;
  readonly bufferBits: number;
  /** x264's `vbv-init`: how much of the buffer is filled when the part begins. */
  readonly initialShare: number;
}

/** What the encoder of one part is told. */
export function partVbv({ maxBitrateBps }: Pick<Rung, "maxBitrateBps">): PartVbv {
  return {
    maxBitrateBps: Math.floor(maxBitrateBps * rateShare),
    bufferBits: Math.floor(maxBitrateBps * partBufferSeconds),
    initialShare,
  };
}

/** x264 keeps its cap even in noise; twice that is a fault. */
const h264Tolerance = 2;
/** SVT-AV1 aims at its cap and has no buffer to keep: noise takes a quarter bit for each pixel whatever the cap. */
const av1BitsPerPixel = 0.5;

/** More than any picture takes. */
export function absurdBitrateBps(
  { codec, width, height, maxBitrateBps }: Pick<Rung, "codec" | "width" | "height" | "maxBitrateBps">,
  frameRate: FrameRate,
): number {
  const capped = h264Tolerance * maxBitrateBps;
  if (codec === "h264") return capped;
  return capped + (av1BitsPerPixel * width * height * frameRate.numerator) / frameRate.denominator;
}
