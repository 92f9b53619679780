// What the runners of a stack did, by their logs.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface TaskRun {
  readonly kind: string;
  readonly taskId: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly cpuSeconds: number;
  /** Of the source. */
  readonly bytesFetched: number;
}

interface LogLine {
  readonly time: string;
  readonly event: string;
  readonly taskId?: string;
  readonly kind?: string;
  readonly cpuSeconds?: number;
  readonly bytesFetched?: number;
}

/** In the order in which they were claimed. Throws where one was not done at the first attempt. */
export function taskRuns(directory: string, runners: number): readonly TaskRun[] {
  return Array.from({ length: runners }, (_, index) => runsOf(join(directory, `runner-${index + 1}.log`)))
    .flat()
    .toSorted((a, b) => a.startedMs - b.startedMs);
}

function runsOf(path: string): readonly TaskRun[] {
  const started = new Map<string, number>();
  const runs: TaskRun[] = [];
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (!line.startsWith("{")) continue;
    const { time, event, taskId, kind, cpuSeconds, bytesFetched } = JSON.parse(line) as LogLine;
    if (taskId === undefined || kind === undefined) continue;
    if (event === "taskStarted") {
      started.set(taskId, Date.parse(time));
      continue;
    }
    const startedMs = started.get(taskId);
    const isDone = event === "taskDone" && startedMs !== undefined;
    if (!isDone || cpuSeconds === undefined || bytesFetched === undefined) throw new Error(line);
    runs.push({ kind, taskId, startedMs, endedMs: Date.parse(time), cpuSeconds, bytesFetched });
  }
  return runs;
}
