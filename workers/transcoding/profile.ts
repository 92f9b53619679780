// What a video is encoded to: built-in profiles by name, custom ones by id. Pure.

export interface ProfileRung {
  /** Height of landscape, width of portrait; both even in the end. */
  readonly side: number;
  /** Cap of H.264 at up to 30 fps. */
  readonly maxBitrateBps: number;
}

export interface EncodingProfile {
  /** Ascending. None is made larger than the source. */
  readonly rungs: readonly ProfileRung[];
  /** What the encoder may take for a frame: x264's `veryfast`, `faster`, `medium`. */
  readonly effort: "fast" | "balanced" | "thorough";
  /** Constant quality of H.264, below the caps. */
  readonly crf: number;
  /** Frames above it are dropped to a divisor of the source's rate. */
  readonly maxFrameRate: number;
  /** AV1 beside H.264, in rungs of 720 and above. */
  readonly av1: boolean;
  /** Opus beside AAC. */
  readonly opus: boolean;
  /** Caps by what short trial encodes say of the film, and no rung that adds nothing. */
  readonly perTitle: boolean;
}

export type BuiltInProfile = "mobile" | "standard" | "premium";

const sides = {
  240: 400_000,
  360: 800_000,
  480: 1_400_000,
  720: 2_800_000,
  1080: 5_000_000,
  1440: 9_000_000,
  2160: 16_000_000,
} as const;

const rungsUpTo = (side: number): readonly ProfileRung[] =>
  Object.entries(sides)
    .map(([rung, maxBitrateBps]) => ({ side: Number(rung), maxBitrateBps }))
    .filter((rung) => rung.side <= side);

export const builtInProfiles: Readonly<Record<BuiltInProfile, EncodingProfile>> = {
  mobile: {
    rungs: rungsUpTo(720),
    effort: "fast",
    crf: 23,
    maxFrameRate: 30,
    av1: false,
    opus: false,
    perTitle: true,
  },
  standard: {
    rungs: rungsUpTo(1080),
    effort: "balanced",
    crf: 22,
    maxFrameRate: 60,
    av1: false,
    opus: false,
    perTitle: true,
  },
  premium: {
    rungs: rungsUpTo(2160),
    effort: "thorough",
    crf: 21,
    maxFrameRate: 60,
    av1: true,
    opus: true,
    perTitle: true,
  },
};

/** `videos.encoding`: a built-in profile, the id of a custom one, or no encoding at all. */
export type Encoding = string;
export const passthrough = "passthrough";

export function isBuiltInProfile(name: string): name is BuiltInProfile {
  return Object.hasOwn(builtInProfiles, name);
}
