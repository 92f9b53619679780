// Jobs of the board as the API shows them. No schemas here: the board itself, which events show jobs of, loads this.
import type { z } from "@hono/zod-openapi";
import type { BoardContext } from "./board-context.ts";
import type { jobSchema, jobWithTasksSchema, taskSchema } from "./job-contract.ts";
import type { Failed, Job } from "./job-rows.ts";
import { jobDetail, type JobDetail, type JobSummary, type TaskView } from "./job-view.ts";
import { Progress } from "./progress.ts";

export type ShownTask = z.infer<typeof taskSchema>;
export type ShownJob = z.infer<typeof jobSchema>;
/** The board has none that is completed: only its last events show it. */
export type EndedJob = Omit<ShownJob, "state"> & { readonly state: "completed" | "failed" };

export function toJob(summary: JobSummary): ShownJob {
  const { videoId, version, state, priority, creator, error, percent, etaSeconds, tasks } = summary;
  return {
    ...{ videoId, version, state, priority, creator },
    submittedAt: new Date(summary.submittedAtMs).toISOString(),
    failedAt: summary.failedAtMs === null ? null : new Date(summary.failedAtMs).toISOString(),
    error: error && { code: error.code, message: error.message },
    percent,
    etaSeconds,
    taskCounts: tasks,
    deadTasks: summary.deadTasks.map(toTask),
  };
}

export function toJobWithTasks({ summary, tasks }: JobDetail): z.infer<typeof jobWithTasksSchema> {
  return { ...toJob(summary), tasks: tasks.map(toTask) };
}

/** As it is on the board now. */
export function shownJob(context: BoardContext, job: Job): ShownJob {
  return toJob(jobDetail(context, new Progress(context), job, false).summary);
}

/** As it is about to end. */
export function shownEnd(context: BoardContext, job: Job, failed: Failed | null, nowMs: number): EndedJob {
  const shown = shownJob(context, job);
  return failed === null
    ? { ...shown, state: "completed", percent: 100, etaSeconds: null }
    : { ...shown, state: "failed", failedAt: new Date(nowMs).toISOString(), error: failed };
}

function toTask({ id, kind, chunk, track, phase, attempt, failures, lapses, ...rest }: TaskView): ShownTask {
  const { progress, runner, error } = rest;
  return { id, kind, chunk, track, phase, attempt, failures, lapses, progress, runner, error };
}
