// Tasks coming to the board, being taken from it, and being given up.
import { newId } from "#workers/ids.ts";
import type { VideoErrorCode } from "#workers/videos/lifecycle.ts";
import { oweEffects, type BoardContext } from "./board-context.ts";
import type { BoardTask, Job } from "./board-rows.ts";
import { claim, leaseSeconds, type TaskState } from "./board.ts";
import type { Probe } from "./contract.ts";
import { defaultPlanSettings, planVersion } from "./plan.ts";
import { tasksOf, workOrder, type PlannedTask, type TaskOrder } from "./work-order.ts";

export function addTask(
  { rows, nowMs }: BoardContext,
  job: Pick<Job, "id" | "submittedAtMs">,
  planned: PlannedTask,
): void {
  rows.addTask({ id: newId("task", nowMs()), jobId: job.id, submittedAtMs: job.submittedAtMs, ...planned });
}

/** The probe is in: its plan and all of its tasks, or the reason why there can be none. */
export function planJob(context: BoardContext, job: Job, probe: Probe): void {
  const plan = planVersion(probe, defaultPlanSettings);
  if (!plan.ok) {
    context.rows.setFailed(job.id, plan.reason);
    return;
  }
  context.rows.setPlan(job.id, plan.value);
  for (const task of tasksOf(plan.value)) addTask(context, job, task);
}

export function takeTask({ rows, parts, nowMs }: BoardContext, runnerId: string): TaskOrder | null {
  const task = rows.nextClaimable(nowMs());
  const job = task && rows.job(task.jobId);
  if (!task || !job) return null;
  const claimed = claim(task.state, nowMs());
  rows.setTask(task.id, claimed);
  rows.setRunner(task.id, runnerId);
  const { videoId, version, plan, source } = job;
  const { kind, chunk } = task;
  const { attempt } = claimed;
  const sound = kind === "audio" ? (plan?.audio ?? null) : null;
  const accepted = sound === null ? [] : parts.partsOfTrack(job.id, sound.track).map((part) => part.chunk);
  const facts = { taskId: task.id, videoId, version, source, plan, kind, chunk, attempt, accepted };
  return { id: task.id, attempt, videoId, version, leaseSeconds, work: workOrder(facts) };
}

/** An attempt ended badly. Without the pictures a video still plays; without anything else it has failed. */
export function settleAttempt(
  context: BoardContext,
  task: BoardTask,
  after: TaskState,
  code: VideoErrorCode,
  message: string,
): void {
  const { rows, state } = context;
  state.storage.transactionSync(() => {
    rows.setTask(task.id, after);
    if (after.phase === "dead" && task.kind !== "images") rows.setFailed(task.jobId, { code, message });
    if (after.phase === "dead" || after.phase === "done") oweEffects(context, task.jobId);
  });
}
