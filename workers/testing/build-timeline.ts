// Timelines as the transcoder would make them, without media: the grid, the audio cut and the chunks are the
// product's own; only the sizes are invented, from a fixed sequence.
import { fragmentsOf, slice } from "#workers/timeline/edit.ts";
import { concat, joinFragments } from "#workers/timeline/join.ts";
import {
  audioEdgeFrames,
  fragmentEdges,
  gopFrames,
  planChunks,
  ticksPerFrame,
  timescaleOf,
} from "#workers/timeline/grid.ts";
import type {
  AudioFormat,
  Format,
  FrameRate,
  Fragments,
  Timeline,
  VideoFormat,
} from "#workers/timeline/timeline.ts";

export interface TimelineSketch {
  readonly frameRate?: FrameRate;
  readonly frameCount: number;
  /** Heights of the 16:9 rungs. */
  readonly heights?: readonly number[];
  readonly audio?: readonly Partial<AudioFormat>[];
  readonly complete?: boolean;
}

const samplesPerFrame = 1024;

export function buildTimeline(sketch: TimelineSketch): Timeline {
  const { frameRate = { numerator: 30, denominator: 1 }, frameCount, heights = [720], audio = [{}] } = sketch;
  const gop = gopFrames(frameRate);
  const edges = fragmentEdges(frameCount, gop);
  const perFrame = ticksPerFrame(frameRate);
  const videos = heights.map((height, index) => {
    const format = videoFormat(height, frameRate);
    const durations = spans(edges).map((frames) => frames * perFrame);
    return { format, fragments: chunked(frameCount, gop, durations, format, index + 1) };
  });
  const audios = audio.map((wanted, index) => {
    const format = audioFormat(wanted, index);
    const { sampleRateHz, editStartTicks } = format;
    const framing = { sampleRateHz, samplesPerFrame, primingSamples: editStartTicks };
    const durations = spans(audioEdgeFrames(edges, frameRate, framing)).map(
      (frames) => frames * samplesPerFrame,
    );
    return { format, fragments: chunked(frameCount, gop, durations, format, index + 101) };
  });
  return {
    tracks: [...videos, ...audios],
    gop: { ticks: gop * perFrame, timescale: timescaleOf(frameRate) },
    complete: sketch.complete ?? true,
  };
}

/** The states a growing timeline goes through, one more chunk each; the last one is not yet complete. */
export function growthOf(timeline: Timeline): readonly Timeline[] {
  const runs = timeline.tracks[0]?.fragments.runs ?? [];
  const end = timeline.tracks[0]?.fragments.sync.length ?? 0;
  const states: Timeline[] = [];
  for (const [index, run] of runs.entries()) {
    const chunk = { ...slice(timeline, run.from, runs[index + 1]?.from ?? end), complete: false };
    const before = states.at(-1);
    const grown = before === undefined ? null : concat(before, chunk);
    if (grown !== null && !grown.ok)
      throw new Error(`chunk ${index} does not continue: ${grown.reason.kind}`);
    states.push(grown === null ? chunk : grown.value);
  }
  return states;
}

function videoFormat(height: number, frameRate: FrameRate): VideoFormat {
  const timescale = timescaleOf(frameRate);
  return {
    kind: "video",
    id: `v${height}`,
    codec: height > 720 ? "avc1.640028" : "avc1.64001f",
    timescale,
    editStartTicks: 2 * ticksPerFrame(frameRate),
    maxBitrateBps: height * 4000,
    width: 2 * Math.round((height * 8) / 9),
    height,
    frameRate,
  };
}

function audioFormat(wanted: Partial<AudioFormat>, index: number): AudioFormat {
  const sampleRateHz = wanted.sampleRateHz ?? 48000;
  return {
    kind: "audio",
    id: `a${index}`,
    codec: "mp4a.40.2",
    timescale: sampleRateHz,
    editStartTicks: samplesPerFrame,
    maxBitrateBps: 128_000,
    channels: 2,
    sampleRateHz,
    language: "und",
    ...wanted,
  };
}

function chunked(
  frameCount: number,
  gop: number,
  durations: readonly number[],
  format: Format,
  seed: number,
): Fragments {
  let startTicks = 0;
  const chunks = planChunks(frameCount, gop).map(({ chunk, firstFragment, fragmentCount }) => {
    const entries = durations
      .slice(firstFragment, firstFragment + fragmentCount)
      .map((durationTicks, index) => {
        const seconds = durationTicks / format.timescale;
        const wobble = 0.5 + (((firstFragment + index) * 7919 + seed * 104_729) % 1000) / 2000;
        const sizeBytes = 600 + Math.round((format.maxBitrateBps / 8) * seconds * wobble);
        const leadBytes = format.kind === "video" ? Math.min(sizeBytes, 600 + Math.round(sizeBytes / 10)) : 0;
        return { durationTicks, sizeBytes, leadBytes, sync: true };
      });
    const part = fragmentsOf(firstFragment, startTicks, { kind: "chunk", chunk, attempt: 1 }, entries);
    startTicks += entries.reduce((sum, entry) => sum + entry.durationTicks, 0);
    return part;
  });
  const joined = joinFragments(chunks);
  if (!joined.ok) throw new Error(`the planned chunks do not join: ${joined.reason.kind}`);
  return joined.value;
}

function spans(edges: readonly number[]): readonly number[] {
  return edges.slice(1).map((edge, index) => edge - (edges[index] ?? 0));
}
