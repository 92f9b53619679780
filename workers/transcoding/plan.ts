// What becomes of a source: one value, made once from what its packets said, that holds all a task needs but
// its URLs. Pure, and plain JSON: the scheduler keeps it.
//
// Time: frame 0 of the grid is at `sourceStartSeconds` of the source, the same in all work: the first picture,
// or, where the sound begins before it, as many whole frames earlier as that takes. The first picture fills
// them; silence goes before sound that starts later. The grid never lies between two pictures of the source,
// where timestamps rounded to milliseconds would drop and double frames.
import { ok, refuse, type Result } from "#workers/result.ts";
import {
  gopFrames,
  planChunks,
  ticksPerFrame,
  timescaleOf,
  type PlannedChunk,
} from "#workers/timeline/grid.ts";
import type { FrameRate } from "#workers/timeline/timeline.ts";
import type { VideoErrorCode } from "#workers/videos/lifecycle.ts";
import type { AudioWork, Grid, Probe, ProbedAudio, ProbedVideo, VideoWork } from "./contract.ts";
import { chooseFrameRate, framesPerSecond } from "./frame-rate.ts";
import { displaySize, firstRungOf, planLadder, type LadderRung, type Size } from "./ladder.ts";
import { planImages, type ImagesPlan } from "./plan-images.ts";
import { chooseSounds, encodedSounds, type EncodedSound } from "./plan-sound.ts";
import { planSubtitles, type SubtitlesPlan } from "./plan-subtitles.ts";
import { builtInProfiles, type EncodingProfile } from "./profile.ts";

export interface PlanSettings {
  readonly maxDurationSeconds: number;
  readonly maxPixels: number;
  readonly profile: EncodingProfile;
  /** Somebody can watch the uploaded file itself: no rung is made in a hurry. */
  readonly playsAlready: boolean;
}

export const defaultPlanSettings: PlanSettings = {
  maxDurationSeconds: 12 * 3600,
  // A little more than 8K.
  maxPixels: 35_000_000,
  profile: builtInProfiles.standard,
  playsAlready: false,
};

/** The parts of `VideoWork` that every chunk shares. */
export type VideoPlan = Pick<
  VideoWork,
  | "streamIndex"
  | "sourceStartSeconds"
  | "timescale"
  | "ticksPerFrame"
  | "deinterlace"
  | "toneMap"
  | "holdLastFrames"
> & {
  /** In the order of the version's tracks. */
  readonly rungs: readonly LadderRung[];
  /** The track whose first chunk is made before the others', and in a hurry. Null: no track is. */
  readonly firstRung: string | null;
} & Size;

export type AudioPlan = Pick<AudioWork, "streamIndex" | "sourceStartSeconds"> & EncodedSound;

/** At least one of `video` and `audios` is there; `images` comes with `video`. */
export interface Plan {
  readonly durationSeconds: number;
  /** Nobody waits for the first chunk. */
  readonly playsAlready: boolean;
  readonly grid: Grid;
  readonly chunks: readonly PlannedChunk[];
  readonly video: VideoPlan | null;
  /** In the order of the version's tracks; the first is the one that is heard where nobody chose. */
  readonly audios: readonly AudioPlan[];
  readonly images: ImagesPlan | null;
  readonly subtitles: SubtitlesPlan | null;
}

export interface PlanRefusal {
  readonly code: Extract<VideoErrorCode, "noMedia" | "tooLargeDimensions" | "durationTooLong">;
  readonly message: string;
}

/** Sound without a picture still needs edges to cut at: 2 s, as a picture at 25 frames per second has. */
const audioOnlyRate: FrameRate = { numerator: 25, denominator: 1 };
/** One packet of AAC: priming that the container does not declare (FLV, MPEG-TS, Matroska). */
const toleratedLeadSeconds = 0.025;
/** Sound that goes on a moment after the last picture is usual, and cut there by every player. */
const toleratedTailSeconds = 0.5;
/** No codec's packet is longer, so that one stray timestamp can't hold the last picture for hours. */
const longestAudioPacketSeconds = 1;

export function planVersion(probe: Probe, settings: PlanSettings): Result<Plan, PlanRefusal> {
  const { profile } = settings;
  const video = chooseVideo(probe);
  const sounds = chooseSounds(probe);
  if (!video && sounds.length === 0) {
    return refuse({
      code: "noMedia",
      message: "The file holds neither a picture nor sound that can be decoded.",
    });
  }
  if (video && video.width * video.height > settings.maxPixels) {
    const message = `The picture is ${video.width}x${video.height}; at most ${settings.maxPixels} pixels are allowed.`;
    return refuse({ code: "tooLargeDimensions", message });
  }
  const frameRate = video ? chooseFrameRate(video, profile.maxFrameRate) : audioOnlyRate;
  const span = spanOf(video, sounds, framesPerSecond(frameRate));
  const longestSeconds = span.endSeconds - span.startSeconds;
  if (longestSeconds > settings.maxDurationSeconds) {
    const message = `The file lasts ${Math.round(longestSeconds)} s; at most ${settings.maxDurationSeconds} s are allowed.`;
    return refuse({ code: "durationTooLong", message });
  }

  const frames = (seconds: number) =>
    Math.max(1, Math.round((seconds - span.startSeconds) * framesPerSecond(frameRate)));
  const grid: Grid = { frameRate, gopFrames: gopFrames(frameRate), frameCount: frames(span.endSeconds) };
  const durationSeconds = (grid.frameCount * frameRate.denominator) / frameRate.numerator;
  const sourceStartSeconds = span.startSeconds;
  const rungs = video ? planLadder(displaySize(video), frameRate, profile, complexityOf(probe, profile)) : [];
  const toneMap = video !== null && isHdr(video);
  return ok({
    durationSeconds,
    playsAlready: settings.playsAlready,
    grid,
    chunks: planChunks(grid.frameCount, grid.gopFrames),
    video: video && {
      streamIndex: video.index,
      sourceStartSeconds,
      ...displaySize(video),
      timescale: timescaleOf(frameRate),
      ticksPerFrame: ticksPerFrame(frameRate),
      deinterlace: video.interlaced,
      toneMap,
      holdLastFrames: grid.frameCount - frames(video.endSeconds),
      rungs,
      firstRung: settings.playsAlready || rungs.length < 2 ? null : (firstRungOf(rungs)?.track ?? null),
    },
    audios: encodedSounds(sounds, profile, rungs.length).map(({ sound, encoded }) => ({
      streamIndex: sound.index,
      sourceStartSeconds,
      ...encoded,
    })),
    images: video && planImages(video, { sourceStartSeconds, durationSeconds, toneMap }),
    subtitles: planSubtitles(probe, sourceStartSeconds),
  });
}

function complexityOf({ complexity }: Probe, { perTitle }: EncodingProfile): Probe["complexity"] {
  return perTitle ? complexity : undefined;
}

/** The first that moves; a lone picture (cover art that does not say so) only where nothing moves. */
function chooseVideo({ streams }: Probe): ProbedVideo | null {
  const videos = streams
    .filter((stream) => stream.kind === "video")
    .filter((stream) => stream.packetCount > 0);
  return videos.find((stream) => stream.packetCount > 1) ?? videos[0] ?? null;
}

interface Span {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

function spanOf(video: ProbedVideo | null, sounds: readonly ProbedAudio[], fps: number): Span {
  const sound = sounds.map(heardSpan).reduce<Span | null>(longest, null);
  if (!video) return sound ?? { startSeconds: 0, endSeconds: 0 };
  if (!sound) return video;
  const goesOn = sound.endSeconds - video.endSeconds > toleratedTailSeconds;
  const leadSeconds = Math.max(0, video.startSeconds - sound.startSeconds - toleratedLeadSeconds);
  return {
    startSeconds: video.startSeconds - Math.ceil(leadSeconds * fps) / fps,
    endSeconds: goesOn ? sound.endSeconds : video.endSeconds,
  };
}

function heardSpan({ startSeconds, endSeconds, packetCount }: ProbedAudio): Span {
  return {
    startSeconds,
    endSeconds: Math.min(endSeconds, startSeconds + packetCount * longestAudioPacketSeconds),
  };
}

/** A second language may begin earlier or go on longer: nothing of it is cut. */
function longest(a: Span | null, b: Span): Span {
  if (a === null) return b;
  return {
    startSeconds: Math.min(a.startSeconds, b.startSeconds),
    endSeconds: Math.max(a.endSeconds, b.endSeconds),
  };
}

/** PQ and HLG (ITU-R BT.2100): shown as they are on an SDR screen they are grey. */
function isHdr({ colorTransfer }: ProbedVideo): boolean {
  return colorTransfer === "smpte2084" || colorTransfer === "arib-std-b67";
}
