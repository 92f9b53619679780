// The tracks of a Matroska file, and why some of them can't be played as they are. The decoder's configuration is
// judged elsewhere, by the sample entry that is made of it.
import { ok, refuse, type Result } from "#workers/result.ts";
import { languageTag } from "../languages.ts";
import { squareFault } from "../source/video-fit.ts";
import type { Unfit, UnfitCode } from "../source/source.ts";
import type { Master } from "./ebml.ts";
import { ids } from "./ids.ts";

interface TrackFacts {
  readonly number: number;
  readonly codecId: string;
  readonly codecPrivate: Uint8Array | null;
  readonly codecDelayNs: number;
  /** Of a frame; null where the file does not say. */
  readonly defaultDurationNs: number | null;
  /** What every frame begins with and the file leaves out. */
  readonly prefix: Uint8Array;
}

export interface PictureTrack extends TrackFacts {
  readonly kind: "video";
  readonly width: number;
  readonly height: number;
}

export interface SoundTrack extends TrackFacts {
  readonly kind: "audio";
  /** Played where nobody chose another. */
  readonly isDefault: boolean;
  readonly language: string;
  readonly channels: number;
  readonly sampleRateHz: number;
}

const videoType = 1;
const audioType = 2;
const longestPrefixBytes = 64;

/** The first picture track and all sound; null for tracks of other kinds. */
export function readTracks(
  tracks: Master,
): Result<{ readonly picture: PictureTrack | null; readonly sound: readonly SoundTrack[] }, Unfit> {
  let picture: PictureTrack | null = null;
  const sound: SoundTrack[] = [];
  for (const entry of tracks.masters(ids.trackEntry)) {
    const type = entry.uint(ids.trackType);
    if (type !== videoType && type !== audioType) continue;
    if ((type === videoType && picture) || entry.uint(ids.flagEnabled) === 0) continue;
    const facts = readFacts(entry);
    if (!facts.ok) return facts;
    if (type === videoType) {
      const read = readPicture(entry, facts.value);
      if (!read.ok) return read;
      picture = read.value;
    } else sound.push(readSound(entry, facts.value));
  }
  return ok({ picture, sound });
}

function readFacts(entry: Master): Result<TrackFacts, Unfit> {
  const number = entry.uint(ids.trackNumber);
  if (number === null) return unfit("malformed", "A track of the file has no number.");
  const prefix = readPrefix(entry.master(ids.contentEncodings), entry.has(ids.contentEncodings));
  if (!prefix.ok) return prefix;
  const duration = entry.uint(ids.defaultDuration);
  return ok({
    number,
    codecId: entry.text(ids.codecId) ?? "",
    codecPrivate: entry.binary(ids.codecPrivate),
    codecDelayNs: entry.uint(ids.codecDelay) ?? 0,
    defaultDurationNs: duration === null || duration === 0 ? null : duration,
    prefix: prefix.value,
  });
}

// RFC 9559 5.1.4.1.31: of all encodings only header removal, algorithm 3, leaves frames that can be sent as they are.
function readPrefix(encodings: Master | null, isThere: boolean): Result<Uint8Array, Unfit> {
  const list = encodings?.masters(ids.contentEncoding) ?? [];
  const [encoding] = list;
  if (!isThere) return ok(new Uint8Array(0));
  if (list.some((each) => each.uint(ids.contentEncodingType) === 1)) {
    return unfit("encrypted", "A track of the file is encrypted.");
  }
  const compression = encoding?.master(ids.contentCompression);
  const settings = compression?.binary(ids.contentCompSettings) ?? new Uint8Array(0);
  const isHeaderRemoval =
    list.length === 1 &&
    (encoding?.uint(ids.contentEncodingScope) ?? 1) === 1 &&
    compression?.uint(ids.contentCompAlgo) === 3 &&
    settings.length <= longestPrefixBytes;
  if (isHeaderRemoval) return ok(settings);
  return unfit("containerNotSupported", "A track of the file is compressed by the container.");
}

const interlaced = 1;

function readPicture(entry: Master, facts: TrackFacts): Result<PictureTrack, Unfit> {
  const video = entry.master(ids.video);
  const width = video?.uint(ids.pixelWidth) ?? 0;
  const height = video?.uint(ids.pixelHeight) ?? 0;
  if (!video || width === 0 || height === 0 || width > 0xffff || height > 0xffff) {
    return unfit("malformed", "The picture has no size.");
  }
  if (video.uint(ids.flagInterlaced) === interlaced) {
    return unfit("interlaced", "The picture is made of fields (interlaced).");
  }
  const fault = rotationFault(video) ?? shapeFault(video, width, height);
  return fault ? refuse(fault) : ok({ ...facts, kind: "video", width, height });
}

function rotationFault(video: Master): Unfit | null {
  const projection = video.master(ids.projection);
  const poses = [ids.projectionPoseYaw, ids.projectionPosePitch, ids.projectionPoseRoll];
  const isTurned = poses.some((id) => (projection?.float(id) ?? 0) !== 0);
  return isTurned ? { code: "rotated", message: "The picture is to be turned for showing." } : null;
}

/** RFC 9559 5.1.4.1.28.14: units of 0, pixels, or 3, an aspect ratio, tell a shape; others do not. */
function shapeFault(video: Master, width: number, height: number): Unfit | null {
  const crops = [ids.pixelCropBottom, ids.pixelCropTop, ids.pixelCropLeft, ids.pixelCropRight];
  if (crops.some((id) => (video.uint(id) ?? 0) > 0)) {
    return { code: "notSquarePixels", message: "A part of the picture is to be cut off for showing." };
  }
  const displayWidth = video.uint(ids.displayWidth) ?? width;
  const displayHeight = video.uint(ids.displayHeight) ?? height;
  const unit = video.uint(ids.displayUnit) ?? 0;
  if ((unit !== 0 && unit !== 3) || displayWidth === 0 || displayHeight === 0) return null;
  return squareFault((displayWidth * height) / (displayHeight * width));
}

function readSound(entry: Master, facts: TrackFacts): SoundTrack {
  const audio = entry.master(ids.audio);
  // RFC 9559 5.1.4.1.19 and 20: without either, English.
  const language = entry.text(ids.languageBcp47) ?? entry.text(ids.language) ?? "eng";
  return {
    ...facts,
    kind: "audio",
    isDefault: entry.uint(ids.flagDefault) !== 0,
    language: languageTag(language),
    channels: audio?.uint(ids.channels) ?? 1,
    sampleRateHz: Math.round(audio?.float(ids.samplingFrequency) ?? 8000),
  };
}

function unfit(code: UnfitCode, message: string) {
  return refuse<Unfit>({ code, message });
}
