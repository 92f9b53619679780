import type { RunLimits } from "./ffmpeg/run.ts";

// Twice what was measured, which is virtual memory: 1.2 GB for a 1080p ladder, 5.3 GB for eight rungs of 4K, of them
// two in AV1. Threads are as many on every machine (video-recipe.ts), so it does not follow from the cores.
const baseBytes = 4e9;
const bytesPerPixel = 250;

/** Generous: they stop what hangs or explodes, and never an honest encode on a slow machine. */
export function encodeLimits(
  mediaSeconds: number,
  perSecond: number,
  cpus: number,
  fileSizeBytes: number,
  /** Of all rungs that one process makes. */
  pixels = 0,
): RunLimits {
  const wallSeconds = Math.ceil(300 + mediaSeconds * perSecond);
  const addressSpaceBytes = baseBytes + pixels * bytesPerPixel;
  return { wallSeconds, cpuSeconds: wallSeconds * cpus, addressSpaceBytes, fileSizeBytes };
}
