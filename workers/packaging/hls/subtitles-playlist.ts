// Media playlists of texts.
import { endTicks, segmentDurations } from "#workers/timeline/segments.ts";
import type { SegmentFragments, Timeline, Track } from "#workers/timeline/timeline.ts";
import { targetDurationSeconds } from "../target-duration.ts";
import { seconds } from "./seconds.ts";

/**
 * The whole text as one segment. RFC 8216bis 6.2.4 lets a SUBTITLES rendition have another target duration than the
 * picture where its type is VOD.
 */
export function printWholeText({ fragments, format }: Track, uri: string): string {
  const ticks = endTicks(fragments) - fragments.startTicks;
  return (
    // EXTINF with a fraction is protocol version 3 (RFC 8216bis 8).
    `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:${Math.max(1, Math.round(ticks / format.timescale))}\n` +
    "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n" +
    `#EXTINF:${seconds(ticks, format.timescale)},\n${uri}\n#EXT-X-ENDLIST\n`
  );
}

/** While the picture grows, the text grows with it, segment by segment: an EVENT playlist may only get longer. */
export function printGrowingText(
  timeline: Timeline,
  { fragments, format }: Track,
  g: SegmentFragments,
  uri: (n: number) => string,
): string {
  const first = Math.ceil(fragments.first / g);
  const lines = [
    "#EXTM3U",
    "#EXT-X-VERSION:3",
    `#EXT-X-TARGETDURATION:${targetDurationSeconds(timeline, g)}`,
    `#EXT-X-MEDIA-SEQUENCE:${first}`,
    "#EXT-X-PLAYLIST-TYPE:EVENT",
  ];
  for (const [index, ticks] of segmentDurations(fragments, g, timeline.complete).entries())
    lines.push(`#EXTINF:${seconds(ticks, format.timescale)},`, uri(first + index));
  if (timeline.complete) lines.push("#EXT-X-ENDLIST");
  return lines.join("\n") + "\n";
}
