// An encoder's output becomes a chunk object: every frame is counted and checked against the grid, then written
// again with times that are computed, not measured. Pure.
import { readFragments, type FragmentFacts, type Sample } from "#workers/packaging/cmaf/fragments.ts";
import { readInit } from "#workers/packaging/cmaf/init.ts";
import { normalizeInit } from "#workers/packaging/cmaf/normalize-init.ts";
import { writeFragment, type WrittenFragment } from "#workers/packaging/cmaf/write-fragment.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import type { ChunkTrack, Rung, VideoWork } from "#workers/transcoding/contract.ts";
import { presentationDelayFrames } from "./video-recipe.ts";

export type ChunkFault =
  | { readonly kind: "missingFrames"; readonly frames: number; readonly wanted: number }
  | { readonly kind: "unexpected"; readonly detail: string };

export interface AssembledChunk {
  readonly init: Uint8Array<ArrayBuffer>;
  /** The object's bytes, fragment by fragment. */
  readonly pieces: readonly Uint8Array<ArrayBuffer>[];
  readonly track: ChunkTrack;
}

export function assembleChunk(
  bytes: Uint8Array,
  work: VideoWork,
  rung: Rung,
): Result<AssembledChunk, ChunkFault> {
  const delayTicks = presentationDelayFrames[rung.codec] * work.ticksPerFrame;
  const frames = readFragments(bytes);
  if (!frames.ok) return unexpected(`${rung.track}: ${frames.reason.kind}`);
  const count = frames.value.reduce((sum, fragment) => sum + fragment.samples.length, 0);
  if (count < work.frameCount)
    return refuse({ kind: "missingFrames", frames: count, wanted: work.frameCount });
  const encoded = readInit(bytes);
  if (!encoded.ok) return unexpected(`${rung.track}: ${encoded.reason.kind}`);
  const { timescale, editStartTicks } = encoded.value;
  const fits =
    encoded.value.kind === "video" &&
    encoded.value.width === rung.width &&
    encoded.value.height === rung.height;
  if (!fits || timescale !== work.timescale) return unexpected(`${rung.track}: size or timescale`);
  if (editStartTicks > delayTicks) return unexpected(`${rung.track}: a delay of ${editStartTicks} ticks`);
  if (frames.value.length !== work.fragmentCount)
    return unexpected(`${rung.track}: ${frames.value.length} fragments`);
  const init = normalizeInit(bytes, delayTicks);
  if (!init.ok) return unexpected(`${rung.track}: ${init.reason.kind}`);

  const written: WrittenFragment[] = [];
  for (const [index, fragment] of frames.value.entries()) {
    const fault = fragmentFault(fragment, index, work, editStartTicks);
    if (fault !== null) return unexpected(`${rung.track}, fragment ${index}: ${fault}`);
    written.push(rewrite(bytes, fragment, index, work, delayTicks - editStartTicks));
  }
  return ok({
    init: init.value,
    pieces: written.map((fragment) => fragment.bytes),
    track: {
      track: rung.track,
      initBase64: Buffer.from(init.value).toString("base64"),
      startTicks: work.firstFrame * work.ticksPerFrame,
      fragments: written.map((fragment) => ({
        durationTicks: fragment.durationTicks,
        sizeBytes: fragment.bytes.length,
        leadBytes: fragment.leadBytes,
        sync: true,
      })),
    },
  });
}

/** A closed GOP of exactly its frames: one key frame, first, and each picture of the grid shown once. */
function fragmentFault(
  { samples }: FragmentFacts,
  index: number,
  work: VideoWork,
  editStartTicks: number,
): string | null {
  const before = index * work.grid.gopFrames;
  const wanted = Math.min(work.grid.gopFrames, work.frameCount - before);
  if (samples.length !== wanted) return `${samples.length} frames where ${wanted} belong`;
  if (!samples.every((sample) => sample.durationTicks === work.ticksPerFrame))
    return "a frame of another length";
  if (!samples.every((sample, at) => sample.sync === (at === 0))) return "key frames where none belong";
  const shown = new Set<number>();
  for (const [at, sample] of samples.entries()) {
    shown.add(at + (sample.compositionTicks - editStartTicks) / work.ticksPerFrame);
  }
  const onGrid = samples.every((_, at) => shown.has(at));
  return onGrid && shown.size === wanted ? null : "pictures off the grid";
}

function rewrite(
  bytes: Uint8Array,
  fragment: FragmentFacts,
  index: number,
  work: VideoWork,
  shiftTicks: number,
): WrittenFragment {
  const frame = work.firstFrame + index * work.grid.gopFrames;
  const from = fragment.offsetBytes + fragment.dataOffsetBytes;
  const dataBytes = fragment.samples.reduce((sum, sample) => sum + sample.sizeBytes, 0);
  const samples: readonly Sample[] = fragment.samples.map((sample) => ({
    ...sample,
    compositionTicks: sample.compositionTicks + shiftTicks,
  }));
  return writeFragment({
    sequence: work.firstFragment + index + 1,
    trackId: 1,
    startTicks: frame * work.ticksPerFrame,
    samples,
    data: [bytes.subarray(from, from + dataBytes)],
  });
}

function unexpected(detail: string) {
  return refuse<ChunkFault>({ kind: "unexpected", detail });
}
