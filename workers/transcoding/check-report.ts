// Does a reported chunk fit what was planned? A runner is trusted with work, not with the grid: one wrong
// duration would shift everything after it, in every player. Pure.
import type { InitFacts } from "#workers/packaging/cmaf/init.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { fragmentsOf } from "#workers/timeline/edit.ts";
import { audioEdgeFrames, fragmentEdges, type PlannedChunk } from "#workers/timeline/grid.ts";
import type { Format, Fragments } from "#workers/timeline/timeline.ts";
import { samplesPerFrame } from "./audio-frames.ts";
import type { ChunkTrack } from "./contract.ts";
import type { LadderRung } from "./ladder.ts";
import type { AudioPlan, Plan } from "./plan.ts";
import { absurdBitrateBps, wholeBufferBits } from "./vbv.ts";

/** What to tell the runner's operator. */
export type ReportRefusal = string;

const flushedFrames = 8;
/** Boxes of a fragment, and one frame of sound more than its edge. */
const overheadBits = 64_000;
/** An encoder of sound keeps its bit rate over seconds, not frame by frame. */
const soundTolerance = 2;

/** The format that players are told, from what the init segment really says. */
export function formatOf(plan: Plan, track: string, facts: InitFacts): Result<Format, ReportRefusal> {
  const shared = {
    id: track,
    codec: facts.codec,
    timescale: facts.timescale,
    editStartTicks: facts.editStartTicks,
  };
  if (facts.kind === "audio") {
    const audio = soundOf(plan, track);
    if (audio === null) return refuse(`track ${track} is not sound in the plan`);
    if (facts.sampleRateHz !== audio.sampleRateHz || facts.timescale !== audio.sampleRateHz) {
      return refuse(`track ${track} has ${facts.sampleRateHz} Hz in a timescale of ${facts.timescale}`);
    }
    if (!facts.codec.startsWith(codecPrefix[audio.codec])) return refuse(`track ${track} is ${facts.codec}`);
    const { language, bitrateBps: maxBitrateBps } = audio;
    const { channels, sampleRateHz } = facts;
    return ok({ ...shared, kind: "audio", channels, sampleRateHz, language, maxBitrateBps });
  }
  const rung = rungOf(plan, track);
  if (plan.video === null || rung === null) return refuse(`track ${track} is no picture in the plan`);
  if (!facts.codec.startsWith(codecPrefix[rung.codec])) return refuse(`track ${track} is ${facts.codec}`);
  if (
    facts.width !== rung.width ||
    facts.height !== rung.height ||
    facts.timescale !== plan.video.timescale
  ) {
    return refuse(`track ${track} is ${facts.width}x${facts.height} in a timescale of ${facts.timescale}`);
  }
  const { width, height, maxBitrateBps } = rung;
  return ok({ ...shared, kind: "video", width, height, frameRate: plan.grid.frameRate, maxBitrateBps });
}

/** RFC 6381: how the codec strings of each begin. */
const codecPrefix = { h264: "avc1.", av1: "av01.", aac: "mp4a.", opus: "opus" } as const;

function soundOf({ audios }: Plan, track: string): AudioPlan | null {
  return audios.find((candidate) => candidate.track === track) ?? null;
}

function rungOf({ video }: Plan, track: string): LadderRung | null {
  return video?.rungs.find((candidate) => candidate.track === track) ?? null;
}

/** The chunk's part of the track's index. All edges are on the grid, so what is accepted joins its neighbours. */
export function checkTrack(
  plan: Plan,
  chunk: PlannedChunk,
  format: Format,
  report: ChunkTrack,
  attempt: number,
): Result<Fragments, ReportRefusal> {
  if (report.fragments.length !== chunk.fragmentCount) {
    return refuse(`${report.fragments.length} fragments where ${chunk.fragmentCount} are planned`);
  }
  if (!report.fragments.every((fragment) => fragment.sync))
    return refuse("a fragment does not start with a sync sample");
  if (!report.fragments.every((fragment) => fragment.leadBytes <= fragment.sizeBytes)) {
    return refuse("a fragment leads with more bytes than it has");
  }
  const ends = endsOf(report);
  const fault =
    sizeFault(plan, format, report) ??
    (format.kind === "video"
      ? videoFault(plan, chunk, report, ends)
      : audioFault(plan, chunk, format, report, ends));
  if (fault !== null) return refuse(`track ${report.track}: ${fault}`);
  const location = { kind: "chunk", chunk: chunk.chunk, attempt } as const;
  return ok(fragmentsOf(chunk.firstFragment, report.startTicks, location, report.fragments));
}

export function sizeBytesOf(report: ChunkTrack): number {
  return report.fragments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function endsOf(report: ChunkTrack): readonly number[] {
  let end = report.startTicks;
  return report.fragments.map(({ durationTicks }) => (end += durationTicks));
}

/** A fragment that no encoder with the track's cap makes: a runner with another recipe, or none. */
function sizeFault(plan: Plan, format: Format, { fragments }: ChunkTrack): string | null {
  const rung = rungOf(plan, format.id);
  const mostBps = rung ? absurdBitrateBps(rung, plan.grid.frameRate) : soundTolerance * format.maxBitrateBps;
  const spareBits = 2 * wholeBufferBits(format.maxBitrateBps) + overheadBits;
  for (const [index, { sizeBytes, durationTicks }] of fragments.entries()) {
    const mostBits = (mostBps * durationTicks) / format.timescale + spareBits;
    if (sizeBytes * 8 > mostBits) return `fragment ${index} has ${sizeBytes} bytes`;
  }
  return null;
}

/** First frame of the fragment that follows fragment `index` of the chunk. */
function edgeFrame({ grid }: Plan, chunk: PlannedChunk, index: number): number {
  return Math.min(grid.frameCount, (chunk.firstFragment + index + 1) * grid.gopFrames);
}

/** Pictures are on the grid to the tick. */
function videoFault(
  plan: Plan,
  chunk: PlannedChunk,
  report: ChunkTrack,
  ends: readonly number[],
): string | null {
  const ticks = plan.video?.ticksPerFrame ?? 0;
  const start = chunk.firstFrame * ticks;
  if (report.startTicks !== start) return `starts at ${report.startTicks} where ${start} is planned`;
  for (const [index, end] of ends.entries()) {
    const planned = edgeFrame(plan, chunk, index) * ticks;
    if (end !== planned) return `fragment ${index} ends at ${end} where ${planned} is planned`;
  }
  return null;
}

/**
 * Sound is cut between its own frames, each edge at the frame nearest the picture's. The last fragment ends
 * with the picture or a few frames after it, with what an encoder flushes.
 */
function audioFault(
  plan: Plan,
  chunk: PlannedChunk,
  format: Extract<Format, { kind: "audio" }>,
  report: ChunkTrack,
  ends: readonly number[],
): string | null {
  const { grid } = plan;
  const { sampleRateHz, editStartTicks: primingSamples } = format;
  const frameSamples = samplesPerFrame[soundOf(plan, format.id)?.codec ?? "aac"];
  const framing = { sampleRateHz, samplesPerFrame: frameSamples, primingSamples };
  const edges = audioEdgeFrames(fragmentEdges(grid.frameCount, grid.gopFrames), grid.frameRate, framing);
  const edgeTicks = (fragment: number) => (edges[fragment] ?? 0) * frameSamples;
  const start = edgeTicks(chunk.firstFragment);
  if (start !== report.startTicks) return `starts at ${report.startTicks} where ${start} is planned`;
  for (const [index, end] of ends.entries()) {
    const next = chunk.firstFragment + index + 1;
    const fits =
      next < edges.length - 1 ? end === edgeTicks(next) : endsWithPicture(grid, format, end, frameSamples);
    if (!fits) return `fragment ${index} ends at ${end} where ${edgeTicks(next)} is planned`;
  }
  return null;
}

function endsWithPicture(
  { frameCount, frameRate }: Plan["grid"],
  format: Format,
  end: number,
  frameSamples: number,
): boolean {
  const heardTicks = (frameCount * frameRate.denominator * format.timescale) / frameRate.numerator;
  const picture = Math.floor(heardTicks) + format.editStartTicks;
  return end >= picture && end <= picture + flushedFrames * frameSamples;
}
