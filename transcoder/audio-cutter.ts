// The encoder's frames, cut where the picture's fragments are. Frames come in as they are made; a chunk goes
// out when its last fragment is full. Holds one chunk. Pure.
import { concatBytes } from "#workers/bytes.ts";
import type { Sample } from "#workers/packaging/cmaf/fragments.ts";
import { readFragments } from "#workers/packaging/cmaf/fragments.ts";
import { readInit, type AudioInit } from "#workers/packaging/cmaf/init.ts";
import { normalizeInit } from "#workers/packaging/cmaf/normalize-init.ts";
import { writeFragment } from "#workers/packaging/cmaf/write-fragment.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { audioEdgeFrames, fragmentEdges } from "#workers/timeline/grid.ts";
import { samplesPerFrame } from "#workers/transcoding/audio-frames.ts";
import type { AudioWork, ChunkTrack } from "#workers/transcoding/contract.ts";

export interface CutChunk {
  readonly target: AudioWork["chunks"][number];
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly track: ChunkTrack;
  /** Coded frames of its first fragment. */
  readonly firstFrames: number;
}

interface OpenChunk {
  readonly startTicks: number;
  readonly bytes: Uint8Array[];
  readonly fragments: ChunkTrack["fragments"];
  readonly firstFrames: number;
}

type Step = Result<readonly CutChunk[], string>;

export function audioCutter(work: AudioWork) {
  const videoEdges = fragmentEdges(work.grid.frameCount, work.grid.gopFrames);
  const fragmentTotal = videoEdges.length - 1;
  const chunkOf = new Map(
    work.chunks.flatMap((target) =>
      Array.from(
        { length: target.fragmentCount },
        (_, index) => [target.firstFragment + index, target] as const,
      ),
    ),
  );
  let init: { readonly base64: string; readonly facts: AudioInit; readonly edges: readonly number[] } | null =
    null;
  let fragment = 0;
  let frame = 0;
  let startTicks = 0;
  let samples: Sample[] = [];
  let data: Uint8Array[] = [];
  let chunk: OpenChunk | null = null;

  const onInit = (bytes: Uint8Array): string | null => {
    const facts = readInit(bytes);
    if (!facts.ok) return `the encoder's init segment: ${facts.reason.kind}`;
    if (facts.value.kind !== "audio" || facts.value.timescale !== work.sampleRateHz)
      return "not the sound asked for";
    const normal = normalizeInit(bytes, facts.value.editStartTicks);
    if (!normal.ok) return `the encoder's init segment: ${normal.reason.kind}`;
    const primingSamples = facts.value.editStartTicks;
    const framing = {
      sampleRateHz: work.sampleRateHz,
      samplesPerFrame: samplesPerFrame[work.codec],
      primingSamples,
    };
    const edges = audioEdgeFrames(videoEdges, work.grid.frameRate, framing);
    init = { base64: Buffer.from(normal.value).toString("base64"), facts: facts.value, edges };
    return null;
  };

  const closeFragment = (): CutChunk | null => {
    const written = writeFragment({ sequence: fragment + 1, trackId: 1, startTicks, samples, data });
    chunk ??= { startTicks, bytes: [], fragments: [], firstFrames: samples.length };
    chunk.bytes.push(written.bytes);
    chunk.fragments.push({
      durationTicks: written.durationTicks,
      sizeBytes: written.bytes.length,
      leadBytes: 0,
      sync: true,
    });
    startTicks += written.durationTicks;
    samples = [];
    data = [];
    const target = chunkOf.get(fragment);
    fragment++;
    const sameChunk = target !== undefined && chunkOf.get(fragment) === target;
    if (sameChunk) return null;
    const { startTicks: chunkStart, bytes, fragments, firstFrames } = chunk;
    chunk = null;
    // Without a target an earlier attempt had it accepted: encoded through, to keep the sound one piece.
    if (!target || !init) return null;
    const track = { track: work.track, initBase64: init.base64, startTicks: chunkStart, fragments };
    return { target, bytes: concatBytes(bytes), track, firstFrames };
  };

  /** A fragment as the encoder wrote it; gives the chunks that it filled. */
  const onFragment = (bytes: Uint8Array): Step => {
    if (!init) return refuse("sound before its init segment");
    const read = readFragments(bytes);
    if (!read.ok) return refuse(`the encoder's fragment: ${read.reason.kind}`);
    const chunks: CutChunk[] = [];
    for (const part of read.value) {
      let at = part.offsetBytes + part.dataOffsetBytes;
      for (const sample of part.samples) {
        // The last fragment takes all that the encoder flushes after it.
        const isLast = fragment === fragmentTotal - 1;
        if (!isLast && frame >= (init.edges[fragment + 1] ?? 0)) {
          const full = closeFragment();
          if (full) chunks.push(full);
        }
        samples.push(sample);
        data.push(bytes.slice(at, at + sample.sizeBytes));
        at += sample.sizeBytes;
        frame++;
      }
    }
    return ok(chunks);
  };

  /** The encoder has ended: all that the picture's length asks for must be there, to the sample. */
  const onEnd = (): Step => {
    if (!init) return refuse("no sound came out");
    if (samples.length > 0) {
      const missing = fragment !== fragmentTotal - 1;
      if (missing) return refuse(`sound for ${fragment} of ${fragmentTotal} fragments`);
      const last = closeFragment();
      const wanted = totalSamples(work) + init.facts.editStartTicks;
      if (startTicks !== wanted) return refuse(`${startTicks} samples of sound where ${wanted} are due`);
      return ok(last ? [last] : []);
    }
    return refuse(`sound for ${fragment} of ${fragmentTotal} fragments`);
  };

  const progress = () => frame / Math.max(1, totalSamples(work) / samplesPerFrame[work.codec]);
  return { onInit, onFragment, onEnd, progress };
}

/** The sound is as long as the picture's grid. */
export function totalSamples({ grid, sampleRateHz }: AudioWork): number {
  const { numerator, denominator } = grid.frameRate;
  return Math.round((grid.frameCount * denominator * sampleRateHz) / numerator);
}
