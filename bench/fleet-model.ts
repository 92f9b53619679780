// How long a video takes with more runners than the machine has cores, by what its tasks took one after the other.
// The board gives them out in one order, to whoever asks first, and none of them but the probe is waited for. Pure.
import type { TaskRun } from "./runner-log.ts";

export interface MeasuredJob {
  readonly lastByteMs: number;
  /** In the order of the board: by one runner with one slot. */
  readonly runs: readonly TaskRun[];
  readonly readyMs: number;
}

export interface Model {
  readonly seconds: number;
  /** What the end waited for. */
  readonly critical: string;
}

export function modelled({ lastByteMs, runs, readyMs }: MeasuredJob, runners: number): Model {
  const [probe, ...others] = runs;
  if (probe?.kind !== "probe") throw new Error("the first task is not the probe");
  const seconds = (fromMs: number, toMs: number) => Math.max(0, toMs - fromMs) / 1000;
  // From one claim to the next: the task, its report, and asking for another.
  const lengths = others.map(({ startedMs, endedMs }, index) =>
    seconds(startedMs, others[index + 1]?.startedMs ?? endedMs),
  );
  const before = seconds(lastByteMs, others[0]?.startedMs ?? probe.endedMs);
  const after = seconds(others.at(-1)?.endedMs ?? probe.endedMs, readyMs);
  const free = Array.from({ length: runners }, () => before);
  let end = before;
  let last = "probe";
  for (const [index, length] of lengths.entries()) {
    const at = free.indexOf(Math.min(...free));
    const ends = (free[at] ?? 0) + length;
    free[at] = ends;
    if (ends <= end) continue;
    end = ends;
    last = `${others[index]?.kind} (${length.toFixed(1)} s, the task ${index + 1} of ${others.length})`;
  }
  return {
    seconds: end + after,
    critical: `${before.toFixed(1)} s until the probe is done, then ${last}, then ${after.toFixed(1)} s to seal`,
  };
}
