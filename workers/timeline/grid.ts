// The absolute grid that every track of a version is cut on. All of it is integer arithmetic on frame
// numbers: a sum of 43,200 durations must be exact after a day at 23.976 fps.
import type { FrameRate } from "./timeline.ts";

/** The first chunk is short, so that playback can start early. Both lengths divide by 1, 2 and 3 fragments. */
const firstChunkGops = 6;
const chunkGops = 12;

/** A closed GOP is two seconds, to the nearest frame. */
export function gopFrames(rate: FrameRate): number {
  return Math.max(1, Math.round((2 * rate.numerator) / rate.denominator));
}

/** A timescale in which one frame is a whole number of ticks. */
export function timescaleOf(rate: FrameRate): number {
  if (rate.denominator === 1001) return rate.numerator;
  if ((90000 * rate.denominator) % rate.numerator === 0) return 90000;
  // Odd rates (29/1): the smallest multiple that still resolves a millisecond.
  return rate.numerator * Math.ceil(1000 / rate.numerator);
}

export function ticksPerFrame(rate: FrameRate): number {
  return (timescaleOf(rate) * rate.denominator) / rate.numerator;
}

export function countFragments(frameCount: number, framesPerGop: number): number {
  return Math.ceil(frameCount / framesPerGop);
}

export interface PlannedChunk {
  readonly chunk: number;
  readonly firstFrame: number;
  readonly frameCount: number;
  readonly firstFragment: number;
  readonly fragmentCount: number;
}

/** A tail shorter than one GOP joins the chunk before it, as a short last fragment. */
export function planChunks(frameCount: number, framesPerGop: number): readonly PlannedChunk[] {
  const fragments = countFragments(frameCount, framesPerGop);
  const lastIsShort = frameCount % framesPerGop !== 0;
  const plan: PlannedChunk[] = [];
  for (let firstFragment = 0; firstFragment < fragments;) {
    const nominal = plan.length === 0 ? firstChunkGops : chunkGops;
    const left = fragments - firstFragment;
    const joinsTail = lastIsShort && left === nominal + 1;
    const fragmentCount = joinsTail ? left : Math.min(nominal, left);
    const firstFrame = firstFragment * framesPerGop;
    const endFrame = Math.min(frameCount, (firstFragment + fragmentCount) * framesPerGop);
    plan.push({
      chunk: plan.length,
      firstFrame,
      frameCount: endFrame - firstFrame,
      firstFragment,
      fragmentCount,
    });
    firstFragment += fragmentCount;
  }
  return plan;
}

/** First frame of every fragment, and the frame count: fragment i is frames `edges[i]` to `edges[i + 1]`. */
export function fragmentEdges(frameCount: number, framesPerGop: number): readonly number[] {
  const edges: number[] = [];
  for (let frame = 0; frame < frameCount; frame += framesPerGop) edges.push(frame);
  edges.push(frameCount);
  return edges;
}

export interface AudioFraming {
  readonly sampleRateHz: number;
  /** 1024 for AAC-LC. */
  readonly samplesPerFrame: number;
  /** Samples before the first that is heard: the `media_time` of the edit list. */
  readonly primingSamples: number;
}

/**
 * The audio frame that starts each fragment: the one nearest to the video's edge as it is heard, so the cut
 * never drifts. One entry more than there are fragments. The first is 0, because priming belongs to the first
 * fragment; the last covers the end of the picture, and frames that an encoder flushes after it belong to the
 * last fragment. No fragment is empty, however short the tail.
 */
export function audioEdgeFrames(
  videoEdges: readonly number[],
  rate: FrameRate,
  audio: AudioFraming,
): readonly number[] {
  const framesAt = (videoFrame: number) => {
    const samples = (videoFrame * rate.denominator * audio.sampleRateHz) / rate.numerator;
    return (samples + audio.primingSamples) / audio.samplesPerFrame;
  };
  const last = videoEdges.length - 1;
  const edges = videoEdges.map((frame, index) => {
    if (index === 0) return 0;
    return index === last ? Math.max(last, Math.ceil(framesAt(frame))) : Math.round(framesAt(frame));
  });
  for (let index = last - 1; index > 0; index--) {
    edges[index] = Math.min(edges[index] ?? 0, (edges[index + 1] ?? 0) - 1);
  }
  return edges;
}
