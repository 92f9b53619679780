// What players are told of a ladder's tracks before their init segments are known: from the plan, or, earlier, from
// what the headers of the source say. The first whole chunk corrects it. Pure.
import { maxTracks } from "#workers/playback/session.ts";
import { ticksPerFrame, timescaleOf } from "#workers/timeline/grid.ts";
import type { AudioFormat, Format, FrameRate, VideoFormat } from "#workers/timeline/timeline.ts";
import { av1LevelIndex } from "./av1-level.ts";
import { framesPerSecond, supportedRate } from "./frame-rate.ts";
import { planLadder, type LadderRung, type Size } from "./ladder.ts";
import { encodedSounds, onePerLanguage, type EncodedSound } from "./plan-sound.ts";
import type { Plan } from "./plan.ts";
import type { EncodingProfile } from "./profile.ts";

/** Pictures between the first decode time and the first picture shown, by x264's B-pyramid. */
const h264DelayFrames = 2;
const primingSamples = { aac: 1024, opus: 312 } as const;

/** A sound of the source: its default first. */
export interface SourceSound {
  readonly channels: number;
  readonly language: string;
}

/**
 * The ladder of any film of this size, rate and sound: what its plan will have, in the same order, except for rungs
 * that a closer look at the film leaves out.
 */
export function predictedFormats(
  picture: Size | null,
  frameRate: FrameRate,
  profile: EncodingProfile,
  sound: readonly SourceSound[],
): readonly Format[] {
  const rate = supportedRate(framesPerSecond(frameRate), profile.maxFrameRate);
  const rungs = picture === null ? [] : planLadder(picture, rate, profile);
  const sounds = encodedSounds(onePerLanguage(sound), profile, rungs.length);
  return formatsOf(
    rungs,
    rate,
    sounds.map(({ encoded }) => encoded),
  );
}

export function plannedFormats({ video, audios, grid }: Plan): readonly Format[] {
  return formatsOf(video?.rungs ?? [], grid.frameRate, audios);
}

/**
 * What a version's row says once more is known of its tracks. Who was told a place in it keeps that place: what was
 * told and is not made stays as a track that has nothing, and what was not told comes last.
 */
export function mergeFormats(told: readonly Format[], real: readonly Format[]): readonly Format[] {
  const kept = told.map((format): Format => {
    const made = real.find(({ id }) => id === format.id);
    return made ?? { ...format, dropped: true };
  });
  const merged = [...kept, ...real.filter(({ id }) => told.every((format) => format.id !== id))];
  // Two ladders in one: no prediction of this film was right, and no session can name them all.
  return merged.length > maxTracks ? real : merged;
}

function formatsOf(
  rungs: readonly LadderRung[],
  frameRate: FrameRate,
  sounds: readonly EncodedSound[],
): readonly Format[] {
  return [...rungs.map((rung) => videoFormat(rung, frameRate)), ...sounds.map(audioFormat)];
}

function videoFormat(rung: LadderRung, frameRate: FrameRate): VideoFormat {
  const { track: id, width, height, maxBitrateBps } = rung;
  return {
    id,
    kind: "video",
    codec: rung.codec === "h264" ? h264Codec(rung.level) : av1Codec(rung, frameRate),
    timescale: timescaleOf(frameRate),
    editStartTicks: rung.codec === "h264" ? h264DelayFrames * ticksPerFrame(frameRate) : 0,
    maxBitrateBps,
    width,
    height,
    frameRate,
  };
}

function audioFormat(sound: EncodedSound): AudioFormat {
  const { track: id, codec, bitrateBps: maxBitrateBps, channels, sampleRateHz, language } = sound;
  return {
    id,
    kind: "audio",
    codec: codec === "aac" ? "mp4a.40.2" : "opus",
    timescale: sampleRateHz,
    editStartTicks: primingSamples[codec],
    maxBitrateBps,
    channels,
    sampleRateHz,
    language,
  };
}

/** RFC 6381: High, no constraints, ten times the level. */
function h264Codec(level: string): string {
  const idc = Math.round(Number(level) * 10);
  return `avc1.6400${idc.toString(16).padStart(2, "0")}`;
}

/** AV1 in ISOBMFF, section 5: profile main, tier main, 8 bits. */
function av1Codec(size: Size, frameRate: FrameRate): string {
  return `av01.0.${av1LevelIndex(size, frameRate).toString().padStart(2, "0")}M.08`;
}
