// What a VP9 track of Matroska does not tell outside its pictures (VP9 bitstream specification 6.2).
import type { PictureSize, Vp9Facts } from "./sample-entries.ts";

/** Of a key frame; null where it is none, or of a profile that browsers do not play anyway. */
export function readVp9KeyFrame(
  frame: Uint8Array,
): { readonly profile: number; readonly isFullRange: boolean } | null {
  const first = frame[0] ?? 0;
  // frame_marker, profile_low_bit, profile_high_bit.
  if (first >> 6 !== 2) return null;
  const profile = ((first >> 5) & 1) | ((first >> 3) & 2);
  if (profile !== 0) return { profile, isFullRange: false };
  // show_existing_frame and frame_type: neither, then the sync code.
  if ((first & 0x0c) !== 0 || frame[1] !== 0x49 || frame[2] !== 0x83 || frame[3] !== 0x42) return null;
  // color_space, then color_range.
  return { profile, isFullRange: ((frame[4] ?? 0) & 0x10) !== 0 };
}

/** WebM's codec feature metadata: pairs of id, length and value. */
export function vp9Facts(
  keyFrame: { readonly profile: number; readonly isFullRange: boolean },
  codecPrivate: Uint8Array | null,
  size: PictureSize,
  picturesPerSecond: number,
): Vp9Facts {
  const features = new Map<number, number>();
  const pairs = codecPrivate ?? new Uint8Array(0);
  for (let at = 0; at + 2 < pairs.length; at += 2 + (pairs[at + 1] ?? 0)) {
    if (pairs[at + 1] === 1) features.set(pairs[at] ?? 0, pairs[at + 2] ?? 0);
  }
  const { profile, isFullRange } = keyFrame;
  return {
    profile,
    level: features.get(2) ?? levelOf(size, picturesPerSecond),
    bitDepth: features.get(3) ?? (profile < 2 ? 8 : 10),
    chroma: features.get(4) ?? 1,
    isFullRange,
  };
}

/** Annex A: level, luma samples a second, luma samples a picture. */
const levels = [
  [10, 829_440, 36_864],
  [11, 2_764_800, 73_728],
  [20, 4_608_000, 122_880],
  [21, 9_216_000, 245_760],
  [30, 20_736_000, 552_960],
  [31, 36_864_000, 983_040],
  [40, 83_558_400, 2_228_224],
  [41, 160_432_128, 2_228_224],
  [50, 311_951_360, 8_912_896],
  [51, 588_251_136, 8_912_896],
  [52, 1_176_502_272, 8_912_896],
] as const;

function levelOf({ width, height }: PictureSize, picturesPerSecond: number): number {
  const samples = width * height;
  const fits = levels.find(([, rate, size]) => samples <= size && samples * picturesPerSecond <= rate);
  return fits?.[0] ?? 60;
}
