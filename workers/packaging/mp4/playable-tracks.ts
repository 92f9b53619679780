// The tracks of an MP4 or MOV that are played: one picture and its sound, each fit for a browser, or why not.
import { ok, refuse, type Result } from "#workers/result.ts";
import { fitAudio, type AudioFacts } from "../source/audio-fit.ts";
import type { Unfit, UnfitCode } from "../source/source.ts";
import { fitVideo, squareFault, type VideoFacts } from "../source/video-fit.ts";
import type { Matrix, Movie, TrackHeader } from "./read-moov.ts";
import { trackTiming, type TrackTiming } from "./track-timing.ts";

export interface PlayableVideo extends VideoFacts {
  readonly kind: "video";
  readonly header: TrackHeader;
  readonly timing: TrackTiming;
  readonly sampleEntry: Uint8Array;
}

export interface PlayableAudio extends AudioFacts {
  readonly kind: "audio";
  readonly header: TrackHeader;
  readonly timing: TrackTiming;
}

export interface PlayableTracks {
  readonly video: PlayableVideo | null;
  readonly audio: readonly PlayableAudio[];
}

/** A session's track mask has a place for eight tracks of a source. */
const mostAudioTracks = 7;
const mostPrimingSeconds = 1;

/** `hasMedia` tells which tracks have samples; the others are as good as absent. */
export function playableTracks(
  movie: Movie,
  hasMedia: (track: TrackHeader) => boolean,
): Result<PlayableTracks, Unfit> {
  const inUse = movie.tracks.filter((track) => track.kind !== "other" && hasMedia(track));
  const pictures = inUse.filter((track) => track.kind === "video");
  const picture = pictures.find((track) => track.isEnabled) ?? pictures[0];
  const sounds = inUse.filter((track) => track.kind === "audio");
  if (!picture && sounds.length === 0) return unfit("noMedia", "The file has neither pictures nor sound.");
  let video: PlayableVideo | null = null;
  if (picture) {
    const played = playableVideo(picture, movie);
    if (!played.ok) return played;
    video = played.value;
  }
  const audio: PlayableAudio[] = [];
  for (const sound of sounds) {
    const played = playableAudio(sound, movie);
    if (played.ok) audio.push(played.value);
    // A track that is switched off stands beside one that every player takes.
    else if (sound.isEnabled) return played;
  }
  if (!video && audio.length === 0) return unfit("noMedia", "The file has neither pictures nor sound.");
  return ok({ video, audio: audio.slice(0, mostAudioTracks) });
}

function playableVideo(header: TrackHeader, movie: Movie): Result<PlayableVideo, Unfit> {
  const entry = onlyEntry(header, "videoCodecNotSupported");
  if (!entry.ok) return entry;
  const facts = fitVideo(entry.value);
  if (!facts.ok) return facts;
  const { width, height } = facts.value;
  const shown = shapeFault(header, movie.matrix, width / height);
  if (shown) return refuse(shown);
  const timing = trackTiming(header, movie.timescale);
  if (!timing.ok) return timing;
  return ok({ kind: "video", ...facts.value, header, timing: timing.value, sampleEntry: entry.value });
}

function playableAudio(header: TrackHeader, movie: Movie): Result<PlayableAudio, Unfit> {
  const entry = onlyEntry(header, "audioCodecNotSupported");
  if (!entry.ok) return entry;
  const facts = fitAudio(entry.value);
  if (!facts.ok) return facts;
  const timing = trackTiming(header, movie.timescale);
  if (!timing.ok) return timing;
  if (timing.value.editStartTicks > mostPrimingSeconds * header.timescale) {
    return unfit("editList", "The edit list cuts more off the start of the sound than an encoder's priming.");
  }
  return ok({ kind: "audio", ...facts.value, header, timing: timing.value });
}

function onlyEntry(header: TrackHeader, code: UnfitCode): Result<Uint8Array, Unfit> {
  const [entry] = header.sampleEntries;
  if (!header.isSelfContained) return unfit("containerNotSupported", "The media is in another file.");
  if (!entry) return unfit("malformed", "A track has no description of its samples.");
  if (header.sampleEntries.length > 1)
    return unfit(code, "A track changes its codec or its format on the way.");
  return ok(entry);
}

/** How the picture is turned and stretched: by its track, by the movie, by the size that the track asks for. */
function shapeFault(header: TrackHeader, movie: Matrix, codedAspect: number): Unfit | null {
  for (const { a, b, c, d } of [header.matrix, movie]) {
    if (b !== 0 || c !== 0 || a < 0 || d < 0) {
      return { code: "rotated", message: "The picture is turned or mirrored when it is shown." };
    }
    const stretched = a === 0 || d === 0 ? null : squareFault(a / d);
    if (stretched) return stretched;
  }
  const { shownWidth, shownHeight } = header;
  if (shownWidth === 0 || shownHeight === 0) return null;
  return squareFault(shownWidth / shownHeight / codedAspect);
}

function unfit(code: UnfitCode, message: string) {
  return refuse<Unfit>({ code, message });
}
