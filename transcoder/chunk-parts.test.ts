import fc from "fast-check";
import { expect, test } from "vitest";
import type { VideoWork } from "#workers/transcoding/contract.ts";
import { planChunks } from "#workers/timeline/grid.ts";
import { partsOf } from "./chunk-parts.ts";

const work = (
  chunk: ReturnType<typeof planChunks>[number],
  gopFrames: number,
  frameCount: number,
): VideoWork => ({
  kind: "video",
  source: { url: "http://127.0.0.1/", sizeBytes: 1 },
  streamIndex: 0,
  sourceStartSeconds: 0,
  grid: { frameRate: { numerator: 30, denominator: 1 }, gopFrames, frameCount },
  timescale: 90_000,
  ticksPerFrame: 3000,
  deinterlace: false,
  toneMap: false,
  holdLastFrames: 0,
  rungs: [],
  ...chunk,
});

test("the parts of every chunk follow each other without gap or overlap, on GOP edges, none of them tiny", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 120 }),
      fc.integer({ min: 1, max: 6000 }),
      (gopFrames, frameCount) => {
        for (const chunk of planChunks(frameCount, gopFrames)) {
          const parts = partsOf(work(chunk, gopFrames, frameCount));
          let frame = chunk.firstFrame;
          let fragment = chunk.firstFragment;
          for (const part of parts) {
            expect(part.firstFrame).toBe(frame);
            expect(part.firstFragment).toBe(fragment);
            expect(part.fragmentCount).toBe(Math.ceil(part.frameCount / gopFrames));
            if (parts.length > 1) expect(part.fragmentCount).toBeGreaterThan(1);
            expect(part.fragmentCount).toBeLessThanOrEqual(4);
            frame += part.frameCount;
            fragment += part.fragmentCount;
          }
          expect(frame).toBe(chunk.firstFrame + chunk.frameCount);
          expect(fragment).toBe(chunk.firstFragment + chunk.fragmentCount);
        }
      },
    ),
  );
});
