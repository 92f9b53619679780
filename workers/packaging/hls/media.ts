// Media playlists. While a timeline grows, a print is the one before it with lines appended, nothing else:
// RFC 8216bis 6.2.1 allows an EVENT playlist no other change.
import { segmentDurations } from "#workers/timeline/segments.ts";
import type { SegmentFragments, Timeline, Track } from "#workers/timeline/timeline.ts";
import { targetDurationSeconds } from "../target-duration.ts";
import { seconds } from "./seconds.ts";

export interface MediaOptions {
  /** Fragments per segment. */
  readonly g: SegmentFragments;
}

export function printMedia(timeline: Timeline, track: Track, { g }: MediaOptions): string {
  const { fragments, format } = track;
  const durations = segmentDurations(fragments, g, timeline.complete);
  // A segment's number on the absolute grid: a slice or a DVR window keeps names and sequence numbers.
  let n = Math.ceil(fragments.first / g);
  let text =
    "#EXTM3U\n" +
    // EXT-X-MAP without EXT-X-I-FRAMES-ONLY is protocol version 6 (RFC 8216bis 8).
    "#EXT-X-VERSION:6\n" +
    `#EXT-X-TARGETDURATION:${targetDurationSeconds(timeline, g)}\n` +
    `#EXT-X-MEDIA-SEQUENCE:${n}\n` +
    `#EXT-X-PLAYLIST-TYPE:${timeline.complete ? "VOD" : "EVENT"}\n` +
    '#EXT-X-MAP:URI="init.mp4"\n';
  // Few durations are distinct: one for picture, two or three for sound.
  const heads = new Map<number, string>();
  let head = "";
  let headTicks = -1;
  for (let index = 0; index < durations.length; index++, n++) {
    const ticks = durations[index] ?? 0;
    if (ticks !== headTicks) {
      head = heads.get(ticks) ?? `#EXTINF:${seconds(ticks, format.timescale)},\n${g}/`;
      heads.set(ticks, head);
      headTicks = ticks;
    }
    text += head + n + ".m4s\n";
  }
  return timeline.complete ? text + "#EXT-X-ENDLIST\n" : text;
}
