// I-frame playlists for scrubbing: the moof and the first sample of each fragment, as a byte range of its
// one-fragment segment. The range leaves out the init segment and the rest of the GOP.
import type { Timeline, Track } from "#workers/timeline/timeline.ts";
import { targetDurationSeconds } from "../target-duration.ts";
import { seconds } from "./seconds.ts";

/** A track has an I-frame playlist when the sizes of its key frames are known. */
export function hasIFrames(track: Track): boolean {
  return track.format.kind === "video" && track.fragments.leadBytes.some((lead) => lead > 0);
}

export function printIFrames(timeline: Timeline, track: Track): string {
  const { fragments, format } = track;
  let text =
    "#EXTM3U\n" +
    // EXT-X-MAP in an I-frame playlist needs protocol version 5 only (RFC 8216bis 8).
    "#EXT-X-VERSION:5\n" +
    `#EXT-X-TARGETDURATION:${targetDurationSeconds(timeline, 1)}\n` +
    `#EXT-X-MEDIA-SEQUENCE:${fragments.first}\n` +
    `#EXT-X-PLAYLIST-TYPE:${timeline.complete ? "VOD" : "EVENT"}\n` +
    "#EXT-X-I-FRAMES-ONLY\n" +
    '#EXT-X-MAP:URI="init.mp4"\n';
  let lastTicks = -1;
  let head = "";
  const emit = (index: number, ticks: number) => {
    if (ticks !== lastTicks) {
      head = `#EXTINF:${seconds(ticks, format.timescale)},\n#EXT-X-BYTERANGE:`;
      lastTicks = ticks;
    }
    text += head + (fragments.leadBytes[index] ?? 0) + "@0\n1/" + (fragments.first + index) + ".m4s\n";
  };
  // EXTINF is the time to the next I frame (RFC 8216bis 4.4.3.6), known once that one is there. So the last
  // one waits while the timeline grows, and no line ever changes.
  let shown = -1;
  let ticks = 0;
  for (let index = 0; index < fragments.sync.length; index++) {
    if (fragments.sync[index] === 1 && (fragments.leadBytes[index] ?? 0) > 0) {
      if (shown >= 0) emit(shown, ticks);
      shown = index;
      ticks = 0;
    }
    ticks += fragments.durationTicks[index] ?? 0;
  }
  if (!timeline.complete) return text;
  if (shown >= 0) emit(shown, ticks);
  return text + "#EXT-X-ENDLIST\n";
}
