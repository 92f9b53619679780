// A static MPD of a complete timeline: SegmentTemplate with $Number$ and an exact SegmentTimeline, so a
// number is the absolute segment number n and every time is a tfdt. Tracks are listed in the timeline's order; the first
// sound has the main role.
import { endTicks, segmentDurations, startsInSync } from "#workers/timeline/segments.ts";
import type {
  AudioFormat,
  SegmentFragments,
  Timeline,
  Track,
  VideoFormat,
} from "#workers/timeline/timeline.ts";
import { trackBitrate } from "../bitrate.ts";
import { languageTag } from "../languages.ts";
import type { TextTrack } from "../hls/subtitles.ts";
import { isoSeconds } from "./duration.ts";

export interface MpdOptions {
  /** Fragments per segment. */
  readonly g: SegmentFragments;
  /** What all media URLs are relative to, itself relative to the MPD; ends with a slash. */
  readonly baseUrl: string;
  /** Folder of a track below `baseUrl`, with `$RepresentationID$` where the track's id goes. */
  readonly trackPath: string;
  /** Where a clip ends, in seconds of the whole video, when that is before the timeline's end. */
  readonly endSeconds?: number;
  /** Their cues are on the clock of the Period. */
  readonly texts?: readonly TextTrack[];
  /** What the owner calls a sound; null: nothing. */
  readonly soundName?: (trackId: string) => string | null;
}

interface VideoTrack extends Track {
  readonly format: VideoFormat;
}
interface AudioTrack extends Track {
  readonly format: AudioFormat;
}

export function printMpd(timeline: Timeline, options: MpdOptions): string {
  if (!timeline.complete) throw new Error("a growing timeline has no static MPD");
  const videos = timeline.tracks.filter((track): track is VideoTrack => track.format.kind === "video");
  const audios = timeline.tracks.filter((track): track is AudioTrack => track.format.kind === "audio");
  const period = periodOf(timeline, options);
  const duration = isoSeconds(period.durationSeconds);
  const longest = isoSeconds(longestSegment(timeline, options.g));
  const sets: string[] = [];
  if (videos.length > 0) sets.push(videoSet(timeline, videos, period, options));
  for (const [index, tracks] of audioSets(audios, options).entries()) {
    sets.push(audioSet(timeline, tracks, period, options, { id: index + 2, isMain: index === 0 }));
  }
  for (const text of options.texts ?? []) sets.push(textSet(text, sets.length + 1));
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static" ' +
    // @bandwidth holds for as long as @minBufferTime (ISO/IEC 23009-1 5.3.5.2): one segment, as it is measured.
    `mediaPresentationDuration="${duration}" maxSegmentDuration="${longest}" minBufferTime="${longest}">\n` +
    `<BaseURL>${escapeXml(options.baseUrl)}</BaseURL>\n` +
    `<Period id="0" start="PT0S" duration="${duration}">\n${sets.join("")}</Period>\n</MPD>\n`
  );
}

interface Period {
  /** Presentation time, on the track's own media timeline, that is second 0 of the Period. */
  readonly startSeconds: number;
  readonly durationSeconds: number;
}

/**
 * The picture decides where the Period starts and how long it is; without one, the sound. The edit list is
 * already in these times: it shifts what is presented, and a player applies it itself.
 */
function periodOf({ tracks }: Timeline, { endSeconds = Infinity }: MpdOptions): Period {
  const lead = tracks.find(({ format }) => format.kind === "video") ?? tracks[0];
  if (lead === undefined) return { startSeconds: 0, durationSeconds: 0 };
  const { format, fragments } = lead;
  // Picture: the first sample's composition offset equals the edit. Sound: no offset, so the edit shifts it.
  const editTicks = format.kind === "video" ? 0 : format.editStartTicks;
  const startTicks = Math.max(0, fragments.startTicks - editTicks);
  const startSeconds = startTicks / format.timescale;
  const durationSeconds = (endTicks(fragments) - editTicks - startTicks) / format.timescale;
  const askedSeconds = endSeconds - startSeconds;
  return {
    startSeconds,
    durationSeconds: askedSeconds > 0 ? Math.min(askedSeconds, durationSeconds) : durationSeconds,
  };
}

function videoSet(
  timeline: Timeline,
  videos: readonly VideoTrack[],
  period: Period,
  options: MpdOptions,
): string {
  const startWithSap = videos.every((track) => startsInSync(track.fragments, options.g))
    ? ' startWithSAP="1"'
    : "";
  const templates = videos.map((track) => segmentTemplate(track, period, options));
  // All rungs are cut on one grid, so one template serves them all; if ever not, each has its own.
  const shared = templates.every((template) => template === templates[0]) ? (templates[0] ?? "") : null;
  const representations = videos.map((track, index) => {
    const { format } = track;
    const { numerator, denominator } = format.frameRate;
    const attributes =
      `id="${format.id}" bandwidth="${trackBitrate(timeline, track, options.g).peakBps}" codecs="${format.codec}" ` +
      `width="${format.width}" height="${format.height}" ` +
      `frameRate="${denominator === 1 ? numerator : `${numerator}/${denominator}`}" sar="1:1"`;
    return representation(attributes, shared === null ? (templates[index] ?? "") : "");
  });
  return (
    `<AdaptationSet id="1" contentType="video" mimeType="video/mp4" segmentAlignment="true"${startWithSap}>\n` +
    `${role("main")}${shared ?? ""}${representations.join("")}</AdaptationSet>\n`
  );
}

/** A set holds what a player may switch between unheard: one language, codec, channel layout and name. */
function audioSets(
  audios: readonly AudioTrack[],
  { soundName }: MpdOptions,
): readonly (readonly AudioTrack[])[] {
  const sets = new Map<string, AudioTrack[]>();
  for (const track of audios) {
    const { id, language, codec, channels } = track.format;
    const key = `${languageTag(language)} ${codec} ${channels} ${soundName?.(id) ?? ""}`;
    const set = sets.get(key);
    if (set === undefined) sets.set(key, [track]);
    else set.push(track);
  }
  return [...sets.values()];
}

function audioSet(
  timeline: Timeline,
  audios: readonly AudioTrack[],
  period: Period,
  options: MpdOptions,
  { id, isMain }: { readonly id: number; readonly isMain: boolean },
): string {
  const first = audios[0];
  if (first === undefined) return "";
  const representations = audios.map((track) => {
    const { format } = track;
    return representation(
      `id="${format.id}" bandwidth="${trackBitrate(timeline, track, options.g).peakBps}" codecs="${format.codec}" ` +
        `audioSamplingRate="${format.sampleRateHz}"`,
      segmentTemplate(track, period, options),
    );
  });
  return (
    `<AdaptationSet id="${id}" contentType="audio" mimeType="audio/mp4" lang="${languageTag(first.format.language)}" ` +
    'segmentAlignment="true" startWithSAP="1">\n' +
    '<AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" ' +
    `value="${channelConfiguration(first.format.channels)}"/>\n` +
    `${label(options.soundName?.(first.format.id) ?? null)}${role(isMain ? "main" : "alternate")}${representations.join("")}</AdaptationSet>\n`
  );
}

/**
 * One file for all of the Period. @bandwidth has to be there (ISO/IEC 23009-1 5.3.5.2); a text needs next to nothing.
 * Label stands before Role: 5.3.7, elements of the common attributes come first.
 */
function textSet({ language, name, isDefault, isForced, isCaptions, uri }: TextTrack, id: number): string {
  const kind = isForced ? "forced-subtitle" : isCaptions ? "caption" : "subtitle";
  return (
    `<AdaptationSet id="${id}" contentType="text" mimeType="text/vtt" lang="${languageTag(language)}">\n` +
    `${label(name)}${role(kind)}${isDefault ? role("main") : ""}` +
    `<Representation id="text${id}" bandwidth="1000">\n<BaseURL>${escapeXml(uri)}</BaseURL>\n</Representation>\n` +
    "</AdaptationSet>\n"
  );
}

function label(name: string | null): string {
  // XML 1.0 2.2: most control characters can't be in a document at all.
  return name === null ? "" : `<Label>${escapeXml(name.replaceAll(/\p{Cc}+/gu, " "))}</Label>\n`;
}

/** ISO/IEC 23001-8 ChannelConfiguration: equal to the count up to 5.1, not beyond. */
function channelConfiguration(channels: number): number {
  if (channels === 7) return 11;
  return channels === 8 ? 12 : channels;
}

type RoleValue = "main" | "alternate" | "subtitle" | "caption" | "forced-subtitle";

function role(value: RoleValue): string {
  return `<Role schemeIdUri="urn:mpeg:dash:role:2011" value="${value}"/>\n`;
}

function representation(attributes: string, content: string): string {
  return content === ""
    ? `<Representation ${attributes}/>\n`
    : `<Representation ${attributes}>\n${content}</Representation>\n`;
}

function segmentTemplate(track: Track, period: Period, { g, trackPath }: MpdOptions): string {
  const { fragments, format } = track;
  const path = escapeXml(trackPath);
  // A Period's start in media ticks and nothing more. It never makes up for an edit list: players apply that
  // one too, and would shift twice.
  const offset = Math.round(period.startSeconds * format.timescale);
  return (
    `<SegmentTemplate timescale="${format.timescale}"${offset > 0 ? ` presentationTimeOffset="${offset}"` : ""} ` +
    `startNumber="${Math.ceil(fragments.first / g)}" initialization="${path}/init.mp4" media="${path}/${g}/$Number$.m4s">\n` +
    `<SegmentTimeline>\n${timelineEntries(track, g)}</SegmentTimeline>\n</SegmentTemplate>\n`
  );
}

function timelineEntries({ fragments }: Track, g: SegmentFragments): string {
  const durations = segmentDurations(fragments, g, true);
  let text = "";
  for (let from = 0; from < durations.length;) {
    const ticks = durations[from] ?? 0;
    let to = from + 1;
    while (to < durations.length && durations[to] === ticks) to++;
    const start = from === 0 ? `t="${fragments.startTicks}" ` : "";
    text += `<S ${start}d="${ticks}"${to - from > 1 ? ` r="${to - from - 1}"` : ""}/>\n`;
    from = to;
  }
  return text;
}

function longestSegment({ tracks }: Timeline, g: SegmentFragments): number {
  let longest = 0;
  for (const { fragments, format } of tracks) {
    let ticks = 0;
    const durations = segmentDurations(fragments, g, true);
    for (let index = 0; index < durations.length; index++) ticks = Math.max(ticks, durations[index] ?? 0);
    longest = Math.max(longest, ticks / format.timescale);
  }
  return longest;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
