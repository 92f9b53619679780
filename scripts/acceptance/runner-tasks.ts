// What the runners of a stack are at, by their logs.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface StartedTask {
  readonly taskId: string;
  readonly attempt: number;
  readonly kind: string;
  readonly videoId: string;
}

interface LogLine extends Partial<StartedTask> {
  readonly event: string;
}

/** The task that a runner has begun and not ended; null between tasks and after a restart. */
export function taskOf(dataDirectory: string, runner: number): StartedTask | null {
  const path = join(dataDirectory, `runner-${runner + 1}.log`);
  if (!existsSync(path)) return null;
  let current: StartedTask | null = null;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (!line.startsWith("{") || !line.endsWith("}")) continue;
    const { event, taskId, attempt, kind, videoId } = JSON.parse(line) as LogLine;
    const named =
      taskId !== undefined && attempt !== undefined && kind !== undefined && videoId !== undefined;
    current = event === "taskStarted" && named ? { taskId, attempt, kind, videoId } : null;
  }
  return current;
}
