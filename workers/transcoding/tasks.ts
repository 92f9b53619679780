// Tasks coming to the board, being taken from it, and being given up.
import { newId } from "#workers/ids.ts";
import type { Result } from "#workers/result.ts";
import { toleratedSeconds } from "#workers/uploads/terms.ts";
import type { VideoErrorCode } from "#workers/videos/lifecycle.ts";
import { findTask, oweEffects, type BoardContext, type FoundTask } from "./board-context.ts";
import type { BoardTask } from "./board-rows.ts";
import type { Job, NewJob } from "./job-rows.ts";
import { claim, leaseSeconds, type TaskState } from "./board.ts";
import type { Probe } from "./contract.ts";
import { planAddedSound } from "./added-sound.ts";
import { defaultPlanSettings, planVersion, type Plan, type PlanRefusal } from "./plan.ts";
import type { BoardClaim } from "./runner-scope.ts";
import { keptFor, readsWholeFile } from "./whole-file.ts";
import { tasksOf, type PlannedTask } from "./planned-tasks.ts";
import { workOrder, type TaskOrder } from "./work-order.ts";

export function addTask({ rows, nowMs }: BoardContext, job: NewJob, planned: PlannedTask): void {
  rows.addTask({ id: newId("task", nowMs()), ...planned }, job);
}

/** The probe is in: its plan and all of its tasks, or the reason why there can be none. */
export function planJob(context: BoardContext, job: Job, probe: Probe): void {
  const plan = planOf(job, probe);
  if (!plan.ok) {
    context.rows.setFailed(job.id, plan.reason);
    return;
  }
  context.rows.setPlan(job.id, plan.value);
  for (const task of tasksOf(plan.value)) addTask(context, job, task);
}

function planOf({ source, settings }: Job, probe: Probe): Result<Plan, PlanRefusal> {
  if (source.sound !== undefined) return planAddedSound(probe, source.sound);
  const { profile, playsAlready, maxDurationSeconds } = settings;
  const allowed =
    maxDurationSeconds == null ? {} : { maxDurationSeconds: maxDurationSeconds + toleratedSeconds };
  return planVersion(probe, { ...defaultPlanSettings, ...allowed, profile, playsAlready });
}

/** A creator who has as many videos at work as may be is looked at again then. */
const creatorHeldMs = 2_000;

export type Claim = Pick<BoardClaim, "runnerId" | "instance" | "codecs" | "scope">;

/** The task that is in turn, but for those that are kept for another. */
function nextTask(context: BoardContext, asked: Claim): FoundTask | null {
  const { rows, queue, nowMs } = context;
  for (;;) {
    const taskId = queue.next(asked, nowMs());
    const found = taskId === null ? null : findTask(context, taskId);
    if (found === null) return null;
    const { task, job } = found;
    const { creator, maxSimultaneousEncodes: most } = job.settings;
    if (creator !== null && most != null && rows.isOneTooMany(creator, job.id, most)) {
      rows.holdCreator(creator, nowMs() + creatorHeldMs);
      continue;
    }
    const kept = keptFor(task, job.holder, asked, (holder) => rows.isAtWork(job.id, holder));
    if (kept === null) return found;
    rows.keepTask(task.id, kept.instance, nowMs() + kept.forMs);
  }
}

export function takeTask(context: BoardContext, asked: Claim): TaskOrder | null {
  const { rows, parts, queue, nowMs } = context;
  const found = nextTask(context, asked);
  if (found === null) return null;
  const { task, job } = found;
  const claimed = claim(task.state, nowMs());
  const { runnerId, instance = null, scope } = asked;
  const claimer = { runnerId, instance, tokenId: scope?.tokenId ?? null };
  rows.setTask(task.id, claimed);
  rows.setClaimed(task.id, claimer, nowMs());
  if (readsWholeFile(task.kind)) rows.setHolder(job.id, instance);
  queue.charge(task.id);
  const { videoId, version, plan, source } = job;
  const { kind, chunk, track } = task;
  const { attempt } = claimed;
  const accepted = kind === "audio" ? parts.partsOfTrack(job.id, track).map((part) => part.chunk) : [];
  const facts = { taskId: task.id, videoId, version, source, plan, kind, chunk, track, attempt, accepted };
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
    if (after.phase !== "done") {
      const isFinal = after.phase === "dead";
      rows.setReason(task.id, { code, message, attempt: task.state.attempt, isFinal });
    }
    if (after.phase === "dead" && !isExtra(task)) rows.setFailed(task.jobId, { code, message });
    if (after.phase === "dead" || after.phase === "done") oweEffects(context, task.jobId);
  });
}

function isExtra({ kind }: BoardTask): boolean {
  return kind === "images" || kind === "subtitles" || kind === "frame";
}
