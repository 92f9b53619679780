import type { RunLimits } from "./ffmpeg/run.ts";

// Virtual, not resident: threads and malloc arenas reserve far more than they touch. What is touched is the
// container's to limit.
const addressSpaceBytes = 24e9;

/** Generous: they stop what hangs or explodes, and never an honest encode on a slow machine. */
export function encodeLimits(
  mediaSeconds: number,
  perSecond: number,
  cpus: number,
  fileSizeBytes: number,
): RunLimits {
  const wallSeconds = Math.ceil(300 + mediaSeconds * perSecond);
  return { wallSeconds, cpuSeconds: wallSeconds * cpus, addressSpaceBytes, fileSizeBytes };
}
