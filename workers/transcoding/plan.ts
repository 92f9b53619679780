// What becomes of a source: one value, made once from what its packets said, that holds all a task needs but
// its URLs. Pure, and plain JSON: the scheduler keeps it.
//
// Time: frame 0 of the grid is at `sourceStartSeconds` of the source, the same in all work: the first picture,
// or, where the sound begins before it, as many whole frames earlier as that takes. The first picture fills
// them; silence goes before sound that starts later. The grid never lies between two pictures of the source,
// where timestamps rounded to milliseconds would drop and double frames.
import { languageTag } from "#workers/packaging/languages.ts";
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
import type { AudioWork, Grid, ImagesWork, Probe, ProbedAudio, ProbedVideo, VideoWork } from "./contract.ts";
import { chooseFrameRate, framesPerSecond } from "./frame-rate.ts";
import { displaySize, planLadder, scaleTo, type LadderRung, type Size } from "./ladder.ts";

export interface PlanSettings {
  readonly maxDurationSeconds: number;
  readonly maxPixels: number;
}

export const defaultPlanSettings: PlanSettings = {
  maxDurationSeconds: 12 * 3600,
  // A little more than 8K.
  maxPixels: 35_000_000,
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
> & { readonly rungs: readonly LadderRung[] } & Size;

export type AudioPlan = Omit<AudioWork, "kind" | "source" | "grid" | "chunks"> & {
  /** BCP 47. */
  readonly language: string;
};

export type ImagesPlan = Omit<
  ImagesWork,
  "kind" | "source" | "poster" | "thumbnails" | "storyboard" | "preview"
> & {
  readonly poster: Omit<ImagesWork["poster"], "upload">;
  readonly thumbnails: Omit<ImagesWork["thumbnails"], "upload">;
};

/** At least one of `video` and `audio` is there; `images` comes with `video`. */
export interface Plan {
  readonly durationSeconds: number;
  readonly grid: Grid;
  readonly chunks: readonly PlannedChunk[];
  readonly video: VideoPlan | null;
  readonly audio: AudioPlan | null;
  readonly images: ImagesPlan | null;
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

const audioOut = { track: "a0", sampleRateHz: 48_000, monoBitrateBps: 80_000, stereoBitrateBps: 128_000 };
const posterAtShare = 0.1;
const posterBox: Size = { width: 1280, height: 1280 };
const thumbnailBox: Size = { width: 320, height: 640 };
const thumbnailEverySeconds = 10;
/** A pack is one PUT and is read at once by the Worker: of films beyond 8 h pictures are further apart. */
const maxThumbnails = 2_880;

export function planVersion(probe: Probe, settings: PlanSettings): Result<Plan, PlanRefusal> {
  const video = chooseVideo(probe);
  const audio = chooseAudio(probe);
  if (!video && !audio) {
    return refuse({
      code: "noMedia",
      message: "The file holds neither a picture nor sound that can be decoded.",
    });
  }
  if (video && video.width * video.height > settings.maxPixels) {
    const message = `The picture is ${video.width}x${video.height}; at most ${settings.maxPixels} pixels are allowed.`;
    return refuse({ code: "tooLargeDimensions", message });
  }
  const frameRate = video ? chooseFrameRate(video) : audioOnlyRate;
  const span = spanOf(video, audio, framesPerSecond(frameRate));
  const longestSeconds = span.endSeconds - span.startSeconds;
  if (longestSeconds > settings.maxDurationSeconds) {
    const message = `The file lasts ${Math.round(longestSeconds)} s; at most ${settings.maxDurationSeconds} s are allowed.`;
    return refuse({ code: "durationTooLong", message });
  }

  const frames = (seconds: number) =>
    Math.max(1, Math.round((seconds - span.startSeconds) * framesPerSecond(frameRate)));
  const grid: Grid = { frameRate, gopFrames: gopFrames(frameRate), frameCount: frames(span.endSeconds) };
  const durationSeconds = (grid.frameCount * frameRate.denominator) / frameRate.numerator;
  return ok({
    durationSeconds,
    grid,
    chunks: planChunks(grid.frameCount, grid.gopFrames),
    video: video && {
      streamIndex: video.index,
      sourceStartSeconds: span.startSeconds,
      ...displaySize(video),
      timescale: timescaleOf(frameRate),
      ticksPerFrame: ticksPerFrame(frameRate),
      deinterlace: video.interlaced,
      toneMap: isHdr(video),
      holdLastFrames: grid.frameCount - frames(video.endSeconds),
      rungs: planLadder(displaySize(video), frameRate),
    },
    audio: audio && planAudio(audio, span.startSeconds),
    images: video && planImages(video, span.startSeconds, durationSeconds),
  });
}

/** The first that moves; a lone picture (cover art that does not say so) only where nothing moves. */
function chooseVideo({ streams }: Probe): ProbedVideo | null {
  const videos = streams
    .filter((stream) => stream.kind === "video")
    .filter((stream) => stream.packetCount > 0);
  return videos.find((stream) => stream.packetCount > 1) ?? videos[0] ?? null;
}

function chooseAudio({ streams }: Probe): ProbedAudio | null {
  const audios = streams
    .filter((stream) => stream.kind === "audio")
    .filter((stream) => stream.packetCount > 0 && stream.channels > 0 && stream.sampleRateHz > 0);
  return audios.find((stream) => stream.isDefault) ?? audios[0] ?? null;
}

interface Span {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

function spanOf(video: ProbedVideo | null, audio: ProbedAudio | null, fps: number): Span {
  const sound = audio && {
    startSeconds: audio.startSeconds,
    endSeconds: Math.min(
      audio.endSeconds,
      audio.startSeconds + audio.packetCount * longestAudioPacketSeconds,
    ),
  };
  if (!video) return sound ?? { startSeconds: 0, endSeconds: 0 };
  if (!sound) return video;
  const goesOn = sound.endSeconds - video.endSeconds > toleratedTailSeconds;
  const leadSeconds = Math.max(0, video.startSeconds - sound.startSeconds - toleratedLeadSeconds);
  return {
    startSeconds: video.startSeconds - Math.ceil(leadSeconds * fps) / fps,
    endSeconds: goesOn ? sound.endSeconds : video.endSeconds,
  };
}

function planAudio(audio: ProbedAudio, sourceStartSeconds: number): AudioPlan {
  const channels = Math.min(2, audio.channels);
  return {
    streamIndex: audio.index,
    sourceStartSeconds,
    track: audioOut.track,
    codec: "aac",
    sampleRateHz: audioOut.sampleRateHz,
    channels,
    bitrateBps: channels === 1 ? audioOut.monoBitrateBps : audioOut.stereoBitrateBps,
    language: languageTag(audio.language),
  };
}

function planImages(video: ProbedVideo, sourceStartSeconds: number, durationSeconds: number): ImagesPlan {
  const size = displaySize(video);
  const leadSeconds = video.startSeconds - sourceStartSeconds;
  const atSeconds = leadSeconds + (video.endSeconds - video.startSeconds) * posterAtShare;
  const everySeconds =
    thumbnailEverySeconds * Math.ceil(durationSeconds / (maxThumbnails * thumbnailEverySeconds));
  return {
    streamIndex: video.index,
    sourceStartSeconds,
    durationSeconds,
    toneMap: isHdr(video),
    poster: { atSeconds: Math.max(0, atSeconds), ...fitInto(size, posterBox) },
    thumbnails: {
      everySeconds,
      count: Math.ceil(durationSeconds / everySeconds),
      ...fitInto(size, thumbnailBox),
    },
  };
}

function fitInto(size: Size, box: Size): Size {
  return scaleTo(size, Math.min(1, box.width / size.width, box.height / size.height));
}

/** PQ and HLG (ITU-R BT.2100): shown as they are on an SDR screen they are grey. */
function isHdr({ colorTransfer }: ProbedVideo): boolean {
  return colorTransfer === "smpte2084" || colorTransfer === "arib-std-b67";
}
