// Jobs as a person asks for them.
import type { VideoErrorCode } from "#workers/videos/lifecycle.ts";
import type { BoardContext } from "./board-context.ts";
import type { BoardTask } from "./board-rows.ts";
import type { Failed, Job } from "./job-rows.ts";
import type { TaskKind, TaskState } from "./board.ts";
import type { Priority } from "./priority.ts";
import type { JobProgress, Progress } from "./progress.ts";

/** `queued`: nothing of it is being worked on now. */
export type JobState = "queued" | "running" | "paused" | "failed";

export interface JobSummary extends JobProgress {
  readonly videoId: string;
  readonly version: number;
  readonly state: JobState;
  readonly priority: Priority;
  readonly creator: string | null;
  readonly submittedAtMs: number;
  readonly failedAtMs: number | null;
  readonly error: Failed | null;
  /** Tasks that were given up. */
  readonly deadTasks: readonly TaskView[];
}

export interface TaskView {
  readonly id: string;
  readonly kind: TaskKind;
  readonly chunk: number;
  readonly track: string;
  readonly phase: TaskState["phase"];
  readonly attempt: number;
  readonly failures: number;
  readonly lapses: number;
  readonly progress: number;
  readonly runner: string | null;
  /** How the last attempt that ended badly did so. */
  readonly error: {
    readonly attempt: number;
    readonly code: VideoErrorCode;
    readonly message: string;
  } | null;
}

export interface JobDetail {
  readonly summary: JobSummary;
  /** Empty where they were not asked for. */
  readonly tasks: readonly TaskView[];
}

export interface JobPosition {
  readonly submittedAtMs: number;
  readonly jobId: string;
}

export interface JobQuery {
  readonly state: JobState | null;
  readonly before: JobPosition | null;
  readonly limit: number;
}

export function listJobs(context: BoardContext, progress: Progress, query: JobQuery): readonly JobSummary[] {
  return context.rows.jobsBefore(query).map((job) => summaryOf(context, progress, job));
}

export function jobDetail(
  context: BoardContext,
  progress: Progress,
  job: Job,
  withTasks: boolean,
): JobDetail {
  const tasks = withTasks ? context.rows.tasksOf(job.id) : [];
  return {
    summary: summaryOf(context, progress, job),
    tasks: tasks.map((task) => toView(context, task)),
  };
}

function toView({ beats }: BoardContext, task: BoardTask): TaskView {
  const { kind, chunk, track, state, reason } = task;
  const { phase, attempt, failures, lapses } = state;
  return {
    ...{ id: task.id, kind, chunk, track, phase, attempt, failures, lapses },
    progress: phase === "done" ? 1 : beats.progress(task),
    runner: task.runnerId,
    error: reason && { attempt: reason.attempt, code: reason.code, message: reason.message },
  };
}

function summaryOf(context: BoardContext, progress: Progress, job: Job): JobSummary {
  const { videoId, version, settings, submittedAtMs } = job;
  const how = progress.of(job);
  return {
    videoId,
    version,
    state: stateOf(context, job, how),
    priority: settings.priority,
    creator: settings.creator,
    submittedAtMs,
    failedAtMs: job.endedAtMs,
    error: job.failed,
    deadTasks: how.tasks.dead === 0 ? [] : context.rows.deadOf(job.id).map((task) => toView(context, task)),
    ...how,
  };
}

function stateOf({ figures }: BoardContext, job: Job, { tasks }: JobProgress): JobState {
  if (job.failed !== null) return "failed";
  if (job.paused || figures.get("paused") === 1) return "paused";
  return tasks.running > 0 ? "running" : "queued";
}
