// ITU-T H.264 Table A-1: the lowest level whose limits a stream keeps. Devices choose by it what they can play.
import type { FrameRate } from "#workers/timeline/timeline.ts";

interface Level {
  readonly name: string;
  readonly macroblocksPerSecond: number;
  readonly macroblocksPerFrame: number;
  readonly bufferedMacroblocks: number;
  /** In units of 1000 bits (and bits per second) of the Baseline profile. */
  readonly bitrate: number;
  readonly buffer: number;
}

const level = (
  name: string,
  macroblocksPerSecond: number,
  macroblocksPerFrame: number,
  bufferedMacroblocks: number,
  bitrate: number,
  buffer: number,
): Level => ({ name, macroblocksPerSecond, macroblocksPerFrame, bufferedMacroblocks, bitrate, buffer });

const levels: readonly Level[] = [
  level("1.0", 1_485, 99, 396, 64, 175),
  level("1.1", 3_000, 396, 900, 192, 500),
  level("1.2", 6_000, 396, 2_376, 384, 1_000),
  level("1.3", 11_880, 396, 2_376, 768, 2_000),
  level("2.0", 11_880, 396, 2_376, 2_000, 2_000),
  level("2.1", 19_800, 792, 4_752, 4_000, 4_000),
  level("2.2", 20_250, 1_620, 8_100, 4_000, 4_000),
  level("3.0", 40_500, 1_620, 8_100, 10_000, 10_000),
  level("3.1", 108_000, 3_600, 18_000, 14_000, 14_000),
  level("3.2", 216_000, 5_120, 20_480, 20_000, 20_000),
  level("4.0", 245_760, 8_192, 32_768, 20_000, 25_000),
  level("4.1", 245_760, 8_192, 32_768, 50_000, 62_500),
  level("4.2", 522_240, 8_704, 34_816, 50_000, 62_500),
  level("5.0", 589_824, 22_080, 110_400, 135_000, 135_000),
  level("5.1", 983_040, 36_864, 184_320, 240_000, 240_000),
  level("5.2", 2_073_600, 36_864, 184_320, 240_000, 240_000),
  level("6.0", 4_177_920, 139_264, 696_320, 240_000, 240_000),
  level("6.1", 8_355_840, 139_264, 696_320, 480_000, 480_000),
  level("6.2", 16_711_680, 139_264, 696_320, 800_000, 800_000),
];

/** Table A-2: what the High profile may use of MaxBR and MaxCPB, per unit of 1000. */
const highProfileFactor = 1250;
/** x264 keeps four pictures for its B-pyramid whatever `ref` is. */
const bufferedFrames = 4;

export interface LevelNeeds {
  readonly width: number;
  readonly height: number;
  readonly frameRate: FrameRate;
  readonly maxBitrateBps: number;
  readonly bufferBits: number;
}

export function h264Level(needs: LevelNeeds): string {
  const across = Math.ceil(needs.width / 16);
  const down = Math.ceil(needs.height / 16);
  const macroblocks = across * down;
  const perSecond = (macroblocks * needs.frameRate.numerator) / needs.frameRate.denominator;
  const fits = (limit: Level) =>
    macroblocks <= limit.macroblocksPerFrame &&
    perSecond <= limit.macroblocksPerSecond &&
    // A.3.1 f, g: neither side may exceed Sqrt(MaxFS * 8).
    Math.max(across, down) ** 2 <= limit.macroblocksPerFrame * 8 &&
    macroblocks * bufferedFrames <= limit.bufferedMacroblocks &&
    needs.maxBitrateBps <= limit.bitrate * highProfileFactor &&
    needs.bufferBits <= limit.buffer * highProfileFactor;
  return levels.find(fits)?.name ?? "6.2";
}
