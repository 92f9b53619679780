// A sealed 2-hour film of five renditions and sound, as the edge path finds it in D1 and R2.
import { randomBytes } from "node:crypto";
import { buildTimeline } from "#workers/testing/build-timeline.ts";
import { encodeTrackIndex } from "#workers/timeline/index-encode.ts";

const frameRate = { numerator: 30, denominator: 1 };
const durationSeconds = 7_200;

export interface EdgeVideo {
  readonly playbackId: string;
  /** For startRawWorkerd. */
  readonly data: Readonly<Record<string, Uint8Array>>;
}

export const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

export function edgeVideo(): EdgeVideo {
  const timeline = buildTimeline({
    frameRate,
    frameCount: durationSeconds * frameRate.numerator,
    heights: [240, 360, 480, 720, 1080],
  });
  const row = {
    policy: "public",
    state: "ready",
    playable: 1,
    version: 1,
    generation: 1,
    segment_fragments: 2,
    duration_seconds: durationSeconds,
    version_state: "sealed",
    gop_ticks: timeline.gop.ticks,
    gop_timescale: timeline.gop.timescale,
    formats: JSON.stringify(timeline.tracks.map(({ format }) => format)),
    images: null,
    access: "{}",
    playback: "{}",
    available_from: null,
    available_until: null,
  };
  const indexes = timeline.tracks.map(
    ({ format, fragments }) => [format.id, encodeTrackIndex(fragments)] as const,
  );
  return {
    playbackId: randomBytes(16).toString("base64url"),
    data: { row: json(row), signingKeys: json({}), ...Object.fromEntries(indexes) },
  };
}
