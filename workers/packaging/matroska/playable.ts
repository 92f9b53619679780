// The tracks of a Matroska file as they will be delivered: sample entry, times, and why not.
import { ok, refuse, type Result } from "#workers/result.ts";
import type { FrameRate } from "#workers/timeline/timeline.ts";
import { fitAudio, type AudioFacts } from "../source/audio-fit.ts";
import type { Unfit, UnfitCode } from "../source/source.ts";
import { fitVideo, type VideoFacts } from "../source/video-fit.ts";
import { readAacTiming } from "./aac.ts";
import { opusPacketTicks } from "./clock.ts";
import type { PictureTrack, SoundTrack } from "./read-tracks.ts";
import { aacEntry, av1Entry, avcEntry, opusEntry, readOpusHead, vp9Entry } from "./sample-entries.ts";
import { readVp9KeyFrame, vp9Facts } from "./vp9.ts";

export interface FitPicture extends VideoFacts {
  readonly sampleEntry: Uint8Array;
}

/** `firstFrame` may be cut. */
export function fitPicture(
  track: PictureTrack,
  firstFrame: Uint8Array,
  frameRate: FrameRate,
): Result<FitPicture, Unfit> {
  const sampleEntry = pictureEntry(track, firstFrame, frameRate.numerator / frameRate.denominator);
  if (!sampleEntry) {
    const message = `Browsers are not sure to play pictures of the codec ${printable(track.codecId)}.`;
    return unfit("videoCodecNotSupported", message);
  }
  const facts = fitVideo(sampleEntry);
  return facts.ok ? ok({ ...facts.value, sampleEntry }) : facts;
}

function pictureEntry(
  track: PictureTrack,
  firstFrame: Uint8Array,
  picturesPerSecond: number,
): Uint8Array | null {
  const { codecId, codecPrivate } = track;
  switch (codecId) {
    case "V_MPEG4/ISO/AVC":
      return codecPrivate && avcEntry(track, codecPrivate);
    case "V_AV1":
      return codecPrivate && av1Entry(track, codecPrivate);
    case "V_VP9": {
      const keyFrame = readVp9KeyFrame(firstFrame);
      return keyFrame && vp9Entry(track, vp9Facts(keyFrame, codecPrivate, track, picturesPerSecond));
    }
    default:
      return null;
  }
}

export interface FitSound extends AudioFacts {
  readonly isOpus: boolean;
  readonly timescale: number;
  /** Of a usual packet. */
  readonly frameTicks: number;
}

const usualOpusTicks = 960;

/** `firstFrame`: null where the beginning of the file has no sound of this track. */
export function fitSound(track: SoundTrack, firstFrame: Uint8Array | null): Result<FitSound, Unfit> {
  const { codecId, codecPrivate } = track;
  if (codecId === "A_AAC" && codecPrivate) {
    const timing = readAacTiming(codecPrivate);
    const facts = fitAudio(aacEntry(track.channels, track.sampleRateHz, codecPrivate));
    if (!facts.ok) return facts;
    if (timing) return ok({ ...facts.value, isOpus: false, ...timing });
  }
  const head = codecId === "A_OPUS" && codecPrivate ? readOpusHead(codecPrivate) : null;
  if (head) {
    const facts = fitAudio(opusEntry(head));
    const frameTicks = (firstFrame && opusPacketTicks(firstFrame)) ?? usualOpusTicks;
    return facts.ok ? ok({ ...facts.value, isOpus: true, timescale: 48_000, frameTicks }) : facts;
  }
  return unfit(
    "audioCodecNotSupported",
    `Browsers are not sure to play sound of the codec ${printable(codecId)}.`,
  );
}

function printable(codecId: string): string {
  return codecId.slice(0, 40).replaceAll(/[^\x20-\x7e]/g, "?");
}

function unfit(code: UnfitCode, message: string) {
  return refuse<Unfit>({ code, message });
}
