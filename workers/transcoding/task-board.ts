// The task board: one object owns every job, lease and accepted chunk. Rules are in board.ts, effects in
// advance.ts; here they meet the clock, the alarm and the runners that wait. Its calls come through scheduler.ts.
import type { Env } from "#workers/env.ts";
import { log, logError } from "#workers/http/log.ts";
import { ok } from "#workers/result.ts";
import { acceptChunk } from "./accept-chunk.ts";
import { newestJob, obey, type BoardCommand, type CommandResult } from "./board-commands.ts";
import {
  boardContext,
  countTask,
  findTask,
  leaseLost,
  oweEffects,
  type BoardContext,
  type RpcResult,
} from "./board-context.ts";
import type { BoardTask } from "./board-rows.ts";
import { jobIdOf, type Failed } from "./job-rows.ts";
import * as board from "./board.ts";
import { completeTask } from "./complete-task.ts";
import type { ChunkReport, Completion, Failure } from "./contract.ts";
import { JobDriver } from "./drive.ts";
import { wakeRunners } from "./fleet.ts";
import { requestFrame, type FrameRequest } from "./frame-requests.ts";
import { readJobSettings } from "./job-settings.ts";
import { jobDetail, listJobs, type JobDetail, type JobQuery, type JobSummary } from "./job-view.ts";
import { Progress } from "./progress.ts";
import type { BoardStats, HeldClaim, Submission } from "./scheduler.ts";
import { addTask, settleAttempt, takeTask, type Claim } from "./tasks.ts";
import { Waiters } from "./waiters.ts";
import { addSoundJob, type SoundSubmission } from "./sound-jobs.ts";
import { probeTask } from "./planned-tasks.ts";
import type { TaskOrder } from "./work-order.ts";

const wakeAgainMs = 10_000;

export class TaskBoard {
  readonly #context: BoardContext;
  readonly #driver: JobDriver;
  readonly #progress: Progress;
  readonly #waiters = new Waiters();
  #wokenAtMs = Number.NEGATIVE_INFINITY;

  constructor(state: DurableObjectState, env: Env, nowMs: () => number) {
    this.#context = boardContext(state, env, nowMs);
    this.#driver = new JobDriver(this.#context);
    this.#progress = new Progress(this.#context);
  }

  /** Once for a version, however often it is said. */
  submit(submission: Submission): Promise<void> {
    return this.#submit(submission, null);
  }

  async #submit(
    { videoId, version, sourceKey, sizeBytes }: Submission,
    failed: Failed | null,
  ): Promise<void> {
    const { env, state, rows, nowMs } = this.#context;
    const id = jobIdOf(videoId, version);
    if (rows.job(id) !== null) return;
    // A message can arrive again when the job has ended and left the board.
    const settings = await readJobSettings(env.DB, { videoId, version });
    if (settings === null || rows.job(id) !== null) return;
    const source = { key: sourceKey, sizeBytes };
    const job = { id, videoId, version, source, settings, submittedAtMs: nowMs() };
    state.storage.transactionSync(() => {
      rows.addJob(job);
      addTask(this.#context, job, probeTask);
      if (failed === null) return;
      rows.setFailed(id, failed);
      oweEffects(this.#context, id);
    });
    if (failed !== null) await this.#driver.drive(id);
    await this.#announce("new");
  }

  /** Once for a sound, however often it is said. */
  async submitSound(submission: SoundSubmission): Promise<void> {
    addSoundJob(this.#context, submission);
    await this.#announce("new");
  }

  async requestFrame(request: FrameRequest): Promise<"waiting" | "tooMany"> {
    const answer = requestFrame(this.#context, request);
    if (answer === "waiting") await this.#announce("new");
    return answer;
  }

  /** Held open up to `waitSeconds` while there is nothing to do. */
  async claim({ waitSeconds, ...asked }: HeldClaim): Promise<TaskOrder | null> {
    const { runnerId, instance, codecs, scope } = asked;
    const claim = {
      ...{ runnerId, codecs },
      ...(instance === undefined ? {} : { instance }),
      ...(scope === undefined ? {} : { scope }),
    };
    const order = this.#take(claim);
    const held = order === null && waitSeconds > 0 ? this.#waiters.hold(claim, waitSeconds) : order;
    // A task that was kept for another instance is to be given out when that one does not come.
    await this.#rearm();
    return held;
  }

  leave(runnerId: string): void {
    this.#waiters.leave(runnerId);
  }

  heartbeat(taskId: string, attempt: number, progress: number): RpcResult {
    const { state, rows, beats, nowMs } = this.#context;
    const task = rows.task(taskId);
    const beaten = task && board.heartbeat(task.state, attempt, nowMs());
    if (!task || !beaten?.ok) return leaseLost;
    beats.note(task, beaten.value.dueAtMs, progress);
    const told = this.#progress.tell(task.jobId);
    state.waitUntil(told.catch((error: unknown) => logError("transcoding.progressNotSent", error)));
    return ok(null);
  }

  async reportChunk(taskId: string, report: ChunkReport): Promise<RpcResult> {
    const result = await acceptChunk(this.#context, taskId, report);
    if (result.ok) await this.#driveJobOf(taskId);
    return result;
  }

  async complete(taskId: string, completion: Completion): Promise<RpcResult> {
    const task = this.#context.rows.task(taskId);
    const result = await completeTask(this.#context, taskId, completion);
    if (result.ok && task?.state.phase === "leased") this.#progress.measure(task);
    if (result.ok) await this.#driveJobOf(taskId);
    return result;
  }

  async fail(taskId: string, { attempt, blame, code, message }: Failure): Promise<RpcResult> {
    const found = findTask(this.#context, taskId);
    const failed = found && board.fail(found.task.state, attempt, blame, this.#context.nowMs());
    if (!found || !failed?.ok) return leaseLost;
    const { kind } = found.task;
    log("warn", "transcoding.taskFailed", { taskId, kind, attempt, blame, code, message });
    settleAttempt(
      this.#context,
      found.task,
      failed.value,
      blame === "source" ? code : "encodeFailed",
      message,
    );
    countTask(this.#context, found.task, blame === "handback" ? "handedBack" : "failed");
    await this.#driveJobOf(taskId);
    return ok(null);
  }

  /** The video is being deleted. When this returns, nothing of the board writes for it any more. */
  async cancel(videoId: string): Promise<void> {
    for (const job of this.#context.rows.jobsOf(videoId)) await this.#driver.cancel(job);
  }

  /** Its media is about to be erased. False: it was taken up again, and nothing may be. */
  async forget(videoId: string): Promise<boolean> {
    const job = newestJob(this.#context, videoId);
    if (job !== null && (job.endedAtMs === null || job.reviving)) return false;
    await this.cancel(videoId);
    return true;
  }

  /** When this is true, nothing of the board writes for the version any more. */
  async drop(videoId: string, version: number): Promise<boolean> {
    const job = this.#context.rows.job(jobIdOf(videoId, version));
    if (job?.reviving === true) return false;
    for (const each of this.#context.rows.jobsOf(videoId)) {
      if (each.version === version) await this.#driver.cancel(each);
    }
    return true;
  }

  async command(command: BoardCommand): Promise<CommandResult> {
    const result = await obey(this.#context, command);
    if (!result.ok) return result;
    if ("videoId" in command) {
      const job = newestJob(this.#context, command.videoId);
      if (job !== null) await this.#driver.drive(job.id);
    }
    await this.#announce("new");
    return result;
  }

  /** A message that no retry could deliver: the video failed before the board had it. */
  bury(submission: Submission, failed: Failed): Promise<void> {
    return this.#submit(submission, failed);
  }

  jobs(query: JobQuery): readonly JobSummary[] {
    return listJobs(this.#context, this.#progress, query);
  }

  job(videoId: string, withTasks: boolean): JobDetail | null {
    const job = newestJob(this.#context, videoId);
    return job === null ? null : jobDetail(this.#context, this.#progress, job, withTasks);
  }

  /** May an object be written in the name of this attempt? */
  mayWrite(taskId: string, attempt: number): boolean {
    const task = this.#context.rows.task(taskId);
    return task !== null && board.holds(task.state, attempt);
  }

  knows(videoId: string, version: number): boolean {
    return this.#context.rows.job(jobIdOf(videoId, version)) !== null;
  }

  stats(): BoardStats {
    const { rows, figures } = this.#context;
    const isPaused = figures.get("paused") === 1;
    return { isPaused, jobs: rows.jobCount(), openTasks: rows.openTaskCount(), tasks: rows.taskCounts() };
  }

  async alarm(): Promise<void> {
    const { rows, beats, queue, nowMs } = this.#context;
    const expired = rows.leasesOver(nowMs()).filter((task) => !this.#isHeard(task));
    for (const task of expired) {
      const { kind, state } = task;
      log("warn", "transcoding.leaseExpired", { taskId: task.id, kind, attempt: state.attempt });
      const after = board.expire(state, nowMs());
      settleAttempt(this.#context, task, after, "encodeFailed", "The runner was not heard from.");
      countTask(this.#context, task, "expired");
    }
    beats.prune(nowMs());
    queue.prune();
    const jobs = new Set([...expired.map(({ jobId }) => jobId), ...rows.jobsDue(nowMs())]);
    await Promise.all([...jobs].map((id) => this.#driver.drive(id)));
    await this.#announce("again");
  }

  /** The lease was renewed since it was last written down. */
  #isHeard(task: BoardTask): boolean {
    const { rows, beats, nowMs } = this.#context;
    const dueAtMs = beats.dueAtMs(task);
    if (dueAtMs <= nowMs()) return false;
    rows.setHeard(task.id, dueAtMs, beats.progress(task));
    return true;
  }

  #take(claim: Claim): TaskOrder | null {
    return this.#context.state.storage.transactionSync(() => takeTask(this.#context, claim));
  }

  async #driveJobOf(taskId: string): Promise<void> {
    const task = this.#context.rows.task(taskId);
    const plannedBefore = task?.kind !== "probe";
    if (task !== null) await this.#driver.drive(task.jobId);
    await this.#announce(plannedBefore ? "again" : "new");
  }

  /** There may be tasks that were not there before: for those who wait, and for those who sleep. */
  async #announce(tasks: "new" | "again"): Promise<void> {
    const { env, state, rows, queue, nowMs } = this.#context;
    this.#waiters.serve(
      (claim) => this.#take(claim),
      ({ instance }) => instance !== undefined && queue.isKeptFor(instance),
    );
    await this.#rearm();
    if (!rows.hasClaimable(nowMs())) return;
    // Those that were woken for new tasks are awake.
    if (tasks === "again" && Math.abs(nowMs() - this.#wokenAtMs) < wakeAgainMs) return;
    this.#wokenAtMs = nowMs();
    const woken = wakeRunners(env, rows.openTaskCount());
    state.waitUntil(woken.catch((error: unknown) => logError("transcoding.fleetNotWoken", error)));
  }

  /** The alarm stands at the next thing that time alone changes. */
  async #rearm(): Promise<void> {
    const { state, rows, nowMs } = this.#context;
    const next = rows.nextDueMs(nowMs());
    const current = await state.storage.getAlarm();
    if (next !== null && (current === null || next < current)) await state.storage.setAlarm(next);
  }
}
