// The multivariant playlist: every video rendition with its audio group, or the sound alone. Tracks are listed in
// the timeline's order: players start with the first picture, and the first sound is the default.
import { endTicks, startsInSync } from "#workers/timeline/segments.ts";
import type {
  AudioFormat,
  FrameRate,
  SegmentFragments,
  Timeline,
  Track,
  VideoFormat,
} from "#workers/timeline/timeline.ts";
import { keyFrameBitrate, trackBitrate, type Bitrate } from "../bitrate.ts";
import { languageName, languageTag } from "../languages.ts";
import { targetDurationSeconds } from "../target-duration.ts";
import { hasIFrames } from "./iframes.ts";
import { seconds } from "./seconds.ts";
import { quotable, subtitlesGroup, type TextTrack } from "./subtitles.ts";

export interface MultivariantOptions {
  /** Fragments per segment. */
  readonly g: SegmentFragments;
  /** Folder of a track, relative to this playlist, without a slash at its end. */
  readonly trackPath: (trackId: string) => string;
  /** Shown by players (`com.apple.hls.title`); empty for none. */
  readonly title?: string;
  /** Where playback is to begin, in seconds of this timeline: inside the first segment of a clip. */
  readonly startOffsetSeconds?: number;
  /** False leaves out the playlists to scrub by. */
  readonly iFrames?: boolean;
  readonly texts?: readonly TextTrack[];
  /** What the owner calls a sound; null: by its language. */
  readonly soundName?: (trackId: string) => string | null;
  /** `com.apple.hls.chapters`: where they are, relative to this playlist. */
  readonly chaptersUri?: string;
}

interface Rendition<F> {
  readonly track: Track;
  readonly format: F;
  readonly bitrate: Bitrate;
}

export function printMultivariant(timeline: Timeline, options: MultivariantOptions): string {
  const streams = streamsOf(timeline, options, null);
  return printHead(
    [{ g: options.g, timeline }],
    [...startAt(timeline, options), ...sessionData(options)],
    streams,
  );
}

/** `streams` of all the timelines, which may be several. */
export function printHead(
  parts: readonly { readonly timeline: Timeline; readonly g: SegmentFragments }[],
  head: readonly string[],
  streams: readonly string[],
): string {
  // No tag here needs more than protocol version 1, so there is no EXT-X-VERSION (RFC 8216bis 6.2.1).
  const lines = ["#EXTM3U"];
  if (parts.every(({ timeline, g }) => timeline.tracks.every(({ fragments }) => startsInSync(fragments, g))))
    lines.push("#EXT-X-INDEPENDENT-SEGMENTS");
  return [...lines, ...head, ...streams].join("\n") + "\n";
}

export function sessionData({
  title = "",
  chaptersUri,
}: Pick<MultivariantOptions, "title" | "chaptersUri">): string[] {
  const shown = quotable(title);
  return [
    ...(shown === "" ? [] : [`#EXT-X-SESSION-DATA:DATA-ID="com.apple.hls.title",VALUE="${shown}"`]),
    ...(chaptersUri === undefined
      ? []
      : [`#EXT-X-SESSION-DATA:DATA-ID="com.apple.hls.chapters",URI="${chaptersUri}"`]),
  ];
}

export type StreamOptions = Pick<MultivariantOptions, "g" | "trackPath" | "iFrames" | "texts" | "soundName">;

/** With a pathway, groups of its own. */
export function streamsOf(timeline: Timeline, from: StreamOptions, pathwayId: string | null): string[] {
  const { texts = [] } = from;
  const textsId = pathwayId === null ? "subtitles" : `subtitles-${pathwayId}`;
  const options = {
    ...from,
    groupId: pathwayId === null ? "audio" : `audio-${pathwayId}`,
    subtitles: texts.length === 0 ? "" : `,SUBTITLES="${textsId}"`,
    pathway: pathwayId === null ? "" : `,PATHWAY-ID="${pathwayId}"`,
  };
  const videos: Rendition<VideoFormat>[] = [];
  const audios: Rendition<AudioFormat>[] = [];
  for (const track of timeline.tracks) {
    const bitrate = trackBitrate(timeline, track, options.g);
    if (track.format.kind === "video") videos.push({ track, format: track.format, bitrate });
    else audios.push({ track, format: track.format, bitrate });
  }
  const lines = subtitlesGroup(texts, textsId);
  for (const { sounds, groupId, of } of soundGroups(videos, audios, options.groupId)) {
    const inGroup = { ...options, groupId };
    if (videos.length === 0) lines.push(...soundAlone(sounds, inGroup));
    else lines.push(...audioGroup(sounds, inGroup), ...variants(of, sounds, inGroup));
  }
  for (const video of options.iFrames === false ? [] : videos) {
    if (hasIFrames(video.track)) lines.push(iFrameVariant(timeline, video, options));
  }
  return lines;
}

interface GroupOptions extends StreamOptions {
  readonly groupId: string;
  /** The attributes, or nothing. */
  readonly subtitles: string;
  readonly pathway: string;
}

interface SoundGroup {
  readonly groupId: string;
  readonly sounds: readonly Rendition<AudioFormat>[];
  /** The pictures that are heard with it. */
  readonly of: readonly Rendition<VideoFormat>[];
}

/**
 * One, or two where every language is there in two codecs: CODECS names those of the whole group, so one group would
 * keep a variant from who can't play either of them. AV1 goes with the newer sound, where there is AV1.
 */
function soundGroups(
  videos: readonly Rendition<VideoFormat>[],
  audios: readonly Rendition<AudioFormat>[],
  groupId: string,
): SoundGroup[] {
  const isFirst = ({ format }: Rendition<AudioFormat>) => format.codec === audios[0]?.format.codec;
  const sounds = audios.filter(isFirst);
  const others = sounds.flatMap(
    ({ format }) => audios.find((each) => !isFirst(each) && each.format.language === format.language) ?? [],
  );
  if (others.length === 0 || sounds.length + others.length < audios.length || others.length < sounds.length)
    return [{ groupId, sounds: audios, of: videos }];
  const isNewer = ({ format }: Rendition<VideoFormat>) => format.codec.startsWith("av01");
  const newer = videos.filter(isNewer);
  const older = newer.length === 0 ? videos : videos.filter((video) => !isNewer(video));
  return [
    { groupId, sounds, of: older },
    { groupId: `${groupId}-2`, sounds: others, of: newer.length === 0 ? videos : newer },
  ];
}

/**
 * PRECISE: nothing before the offset is rendered, although its segment is loaded. Here only, because a tag that is in a
 * multivariant playlist should not be in its media playlists as well (RFC 8216bis 4.4.2). Without EXT-X-ENDLIST the
 * offset should not be within three target durations of the end (4.4.2.2): a clip that has just begun to grow starts
 * at its edge.
 */
function startAt(timeline: Timeline, { g, startOffsetSeconds = 0 }: MultivariantOptions): string[] {
  const [lead] = timeline.tracks;
  if (startOffsetSeconds <= 0 || lead === undefined) return [];
  const { fragments, format } = lead;
  const durationSeconds = (endTicks(fragments) - fragments.startTicks) / format.timescale;
  const reserveSeconds = timeline.complete ? 0 : 3 * targetDurationSeconds(timeline, g);
  if (startOffsetSeconds >= durationSeconds - reserveSeconds) return [];
  return [`#EXT-X-START:TIME-OFFSET=${seconds(startOffsetSeconds, 1)},PRECISE=YES`];
}

function audioGroup(audios: readonly Rendition<AudioFormat>[], options: GroupOptions): string[] {
  const languages = new Set<string>();
  const names = new Set<string>();
  return audios.map(({ format }, index) => {
    const language = languageTag(format.language);
    const name = uniqueName(names, quotable(options.soundName?.(format.id) ?? languageName(language)));
    // Members that a player may pick by itself differ in language (RFC 8216bis 4.4.6.1).
    const autoselect = !languages.has(language);
    languages.add(language);
    return (
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${options.groupId}",LANGUAGE="${language}",NAME="${name}",` +
      `DEFAULT=${index === 0 ? "YES" : "NO"},AUTOSELECT=${autoselect ? "YES" : "NO"},` +
      `CHANNELS="${format.channels}",URI="${options.trackPath(format.id)}/index.m3u8"`
    );
  });
}

function uniqueName(taken: Set<string>, wanted: string): string {
  let name = wanted;
  for (let copy = 2; taken.has(name); copy++) name = `${wanted} ${copy}`;
  taken.add(name);
  return name;
}

/**
 * BANDWIDTH covers the worst playable combination, AVERAGE-BANDWIDTH likewise, and CODECS names every format
 * of the group (RFC 8216bis 4.4.6.2).
 */
function variants(
  videos: readonly Rendition<VideoFormat>[],
  audios: readonly Rendition<AudioFormat>[],
  options: GroupOptions,
): string[] {
  const audio = worst(audios);
  return videos.map(({ format, bitrate }) => {
    const codecs = distinct([format.codec, ...audios.map((rendition) => rendition.format.codec)]);
    return (
      `#EXT-X-STREAM-INF:BANDWIDTH=${bitrate.peakBps + audio.peakBps},` +
      `AVERAGE-BANDWIDTH=${bitrate.averageBps + audio.averageBps},CODECS="${codecs}",` +
      `RESOLUTION=${format.width}x${format.height},FRAME-RATE=${decimals(format.frameRate)}` +
      `${audios.length > 0 ? `,AUDIO="${options.groupId}"` : ""},CLOSED-CAPTIONS=NONE${options.subtitles}${options.pathway}\n` +
      `${options.trackPath(format.id)}/index.m3u8`
    );
  });
}

/** Without a picture the sound is the variant itself; a choice of sound needs the group as well. */
function soundAlone(audios: readonly Rendition<AudioFormat>[], options: GroupOptions): string[] {
  const first = audios[0];
  if (first === undefined) return [];
  const { peakBps, averageBps } = worst(audios);
  const isChoice = audios.length > 1;
  return [
    ...(isChoice ? audioGroup(audios, options) : []),
    `#EXT-X-STREAM-INF:BANDWIDTH=${peakBps},AVERAGE-BANDWIDTH=${averageBps},` +
      `CODECS="${distinct(audios.map(({ format }) => format.codec))}"` +
      `${isChoice ? `,AUDIO="${options.groupId}"` : ""},CLOSED-CAPTIONS=NONE${options.subtitles}${options.pathway}\n` +
      `${options.trackPath(first.format.id)}/index.m3u8`,
  ];
}

function iFrameVariant(
  timeline: Timeline,
  { track, format }: Rendition<VideoFormat>,
  options: GroupOptions,
): string {
  const { peakBps, averageBps } = keyFrameBitrate(timeline, track);
  return (
    `#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=${peakBps},AVERAGE-BANDWIDTH=${averageBps},CODECS="${format.codec}",` +
    `RESOLUTION=${format.width}x${format.height},URI="${options.trackPath(format.id)}/iframes.m3u8"${options.pathway}`
  );
}

function worst(renditions: readonly Rendition<AudioFormat>[]): Bitrate {
  return {
    peakBps: Math.max(0, ...renditions.map(({ bitrate }) => bitrate.peakBps)),
    averageBps: Math.max(0, ...renditions.map(({ bitrate }) => bitrate.averageBps)),
  };
}

function distinct(codecs: readonly string[]): string {
  return [...new Set(codecs)].join(",");
}

function decimals({ numerator, denominator }: FrameRate): string {
  return (numerator / denominator).toFixed(3);
}
