// What a runner of a stack is at, by its log.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface OpenTask {
  readonly taskId: string;
  readonly attempt: number;
  readonly kind: string;
}

interface LogLine extends Partial<OpenTask> {
  readonly event: string;
}

/** The tasks that a runner has begun and not ended; a restart forgets them. */
export function openTasks(dataDirectory: string, runner: number): readonly OpenTask[] {
  const path = join(dataDirectory, `runner-${runner + 1}.log`);
  if (!existsSync(path)) return [];
  const open = new Map<string, OpenTask>();
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (!line.startsWith("{") || !line.endsWith("}")) continue;
    const { event, taskId, attempt, kind } = JSON.parse(line) as LogLine;
    if (event === "runnerStarted") open.clear();
    if (taskId === undefined || attempt === undefined || kind === undefined) continue;
    if (event === "taskStarted") open.set(taskId, { taskId, attempt, kind });
    else open.delete(taskId);
  }
  return [...open.values()];
}
