// AV1 specification, Annex A.3: the lowest level whose limits a stream of the main tier keeps, as its `seq_level_idx`.
import type { FrameRate } from "#workers/timeline/timeline.ts";
import type { Size } from "./ladder.ts";

interface Level {
  readonly index: number;
  readonly picturePixels: number;
  readonly width: number;
  readonly height: number;
  /** MaxDisplayRate: pixels a second. */
  readonly pixelsPerSecond: number;
}

const level = (
  index: number,
  picturePixels: number,
  width: number,
  height: number,
  pixelsPerSecond: number,
): Level => ({ index, picturePixels, width, height, pixelsPerSecond });

const levels: readonly Level[] = [
  level(0, 147_456, 2_048, 1_152, 4_423_680),
  level(1, 278_784, 2_816, 1_584, 8_363_520),
  level(4, 665_856, 4_352, 2_448, 19_975_680),
  level(5, 1_065_024, 5_504, 3_096, 31_950_720),
  level(8, 2_359_296, 6_144, 3_456, 70_778_880),
  level(9, 2_359_296, 6_144, 3_456, 141_557_760),
  level(12, 8_912_896, 8_192, 4_352, 267_386_880),
  level(13, 8_912_896, 8_192, 4_352, 534_773_760),
  level(14, 8_912_896, 8_192, 4_352, 1_069_547_520),
];

export function av1LevelIndex({ width, height }: Size, { numerator, denominator }: FrameRate): number {
  const perSecond = (width * height * numerator) / denominator;
  const fits = (limit: Level) =>
    width * height <= limit.picturePixels &&
    width <= limit.width &&
    height <= limit.height &&
    perSecond <= limit.pixelsPerSecond;
  return levels.find(fits)?.index ?? 31;
}
