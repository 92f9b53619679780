// A chunk is encoded in parts, each by a process of its own with one x264 thread: all cores work on the chunk that
// is needed first, and its bytes depend neither on their number nor on timing. Pure.
import type { VideoWork } from "#workers/transcoding/contract.ts";

/** Six seconds: shorter parts cost more for their start and their decoding from the key frame before. */
const partGops = 3;

/** Consecutive ranges of the chunk, always the same for the same work. A rest of one GOP joins the part before it. */
export function partsOf(work: VideoWork): readonly VideoWork[] {
  const parts: VideoWork[] = [];
  for (let from = 0; from < work.fragmentCount;) {
    const left = work.fragmentCount - from;
    const count = left <= partGops + 1 ? left : partGops;
    const firstFrame = work.firstFrame + from * work.grid.gopFrames;
    const endFrame = Math.min(work.firstFrame + work.frameCount, firstFrame + count * work.grid.gopFrames);
    parts.push({
      ...work,
      firstFragment: work.firstFragment + from,
      fragmentCount: count,
      firstFrame,
      frameCount: endFrame - firstFrame,
    });
    from += count;
  }
  return parts;
}
