// The task board: one object owns every job, lease and accepted chunk. Rules are in board.ts, effects in
// advance.ts; here they meet the clock, the alarm and the runners that wait. Its calls come through scheduler.ts.
import type { Env } from "#workers/env.ts";
import { log, logError } from "#workers/http/log.ts";
import { ok } from "#workers/result.ts";
import { acceptChunk } from "./accept-chunk.ts";
import { reportProgress } from "./advance.ts";
import { countTask, findTask, leaseLost, type BoardContext, type RpcResult } from "./board-context.ts";
import { BoardRows, jobIdOf } from "./board-rows.ts";
import * as board from "./board.ts";
import { completeTask } from "./complete-task.ts";
import type { ChunkReport, ClaimRequest, Completion, Failure } from "./contract.ts";
import { JobDriver } from "./drive.ts";
import { wakeRunners } from "./fleet.ts";
import { PartRows } from "./part-rows.ts";
import type { BoardStats, Submission } from "./scheduler.ts";
import { addTask, settleAttempt, takeTask } from "./tasks.ts";
import { Waiters } from "./waiters.ts";
import { probeTask, type TaskOrder } from "./work-order.ts";

const progressEveryMs = 2_000;

export class TaskBoard {
  readonly #context: BoardContext;
  readonly #driver: JobDriver;
  readonly #waiters = new Waiters();

  constructor(state: DurableObjectState, env: Env, nowMs: () => number) {
    const { sql } = state.storage;
    this.#context = { env, state, rows: new BoardRows(sql), parts: new PartRows(sql), nowMs };
    this.#driver = new JobDriver(this.#context);
  }

  /** Once for a version, however often it is said. */
  async submit({ videoId, version, sourceKey, sizeBytes }: Submission): Promise<void> {
    const { env, state, rows, nowMs } = this.#context;
    const id = jobIdOf(videoId, version);
    if (rows.job(id) !== null) return;
    // A message can arrive again when the job has ended and left the board.
    const wanted = await env.DB.prepare(
      "SELECT 1 FROM videos WHERE id = ? AND version = ? AND state IN ('uploaded', 'processing')",
    )
      .bind(videoId, version)
      .first();
    if (wanted === null || rows.job(id) !== null) return;
    const job = { id, videoId, version, source: { key: sourceKey, sizeBytes }, submittedAtMs: nowMs() };
    state.storage.transactionSync(() => {
      rows.addJob(job);
      addTask(this.#context, job, probeTask);
    });
    await this.#announce();
  }

  /** Held open up to `waitSeconds` while there is nothing to do. */
  async claim({
    runnerId,
    waitSeconds,
  }: Pick<ClaimRequest, "runnerId" | "waitSeconds">): Promise<TaskOrder | null> {
    const order = takeTask(this.#context, runnerId);
    if (order === null && waitSeconds > 0) return this.#waiters.hold(runnerId, waitSeconds);
    await this.#rearm();
    return order;
  }

  heartbeat(taskId: string, attempt: number, progress: number): RpcResult {
    const { state, rows, nowMs } = this.#context;
    const found = findTask(this.#context, taskId);
    const beaten = found && board.heartbeat(found.task.state, attempt, nowMs());
    if (!found || !beaten?.ok) return leaseLost;
    rows.setTask(taskId, beaten.value);
    rows.setProgress(taskId, progress);
    const { job } = found;
    if (job.plan !== null && nowMs() - job.progressSentAtMs >= progressEveryMs) {
      const sent = reportProgress(this.#context, job);
      state.waitUntil(sent.catch((error: unknown) => logError("transcoding.progressNotSent", error)));
    }
    return ok(null);
  }

  async reportChunk(taskId: string, report: ChunkReport): Promise<RpcResult> {
    const result = await acceptChunk(this.#context, taskId, report);
    if (result.ok) await this.#driveJobOf(taskId);
    return result;
  }

  async complete(taskId: string, completion: Completion): Promise<RpcResult> {
    const result = await completeTask(this.#context, taskId, completion);
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

  /** May an object be written in the name of this attempt? */
  mayWrite(taskId: string, attempt: number): boolean {
    const task = this.#context.rows.task(taskId);
    return task !== null && board.holds(task.state, attempt);
  }

  knows(videoId: string, version: number): boolean {
    return this.#context.rows.job(jobIdOf(videoId, version)) !== null;
  }

  stats(): BoardStats {
    const { rows } = this.#context;
    return { jobs: rows.jobCount(), openTasks: rows.openTaskCount(), tasks: rows.taskCounts() };
  }

  async alarm(): Promise<void> {
    const { rows, nowMs } = this.#context;
    const expired = rows.leasesOver(nowMs());
    for (const task of expired) {
      const { kind, state } = task;
      log("warn", "transcoding.leaseExpired", { taskId: task.id, kind, attempt: state.attempt });
      const after = board.expire(state, nowMs());
      settleAttempt(this.#context, task, after, "encodeFailed", "The runner was not heard from.");
      countTask(this.#context, task, "expired");
    }
    const jobs = new Set([...expired.map(({ jobId }) => jobId), ...rows.jobsDue(nowMs())]);
    await Promise.all([...jobs].map((id) => this.#driver.drive(id)));
    await this.#announce();
  }

  async #driveJobOf(taskId: string): Promise<void> {
    const task = this.#context.rows.task(taskId);
    if (task !== null) await this.#driver.drive(task.jobId);
    await this.#announce();
  }

  /** There may be tasks that were not there before: for those who wait, and for those who sleep. */
  async #announce(): Promise<void> {
    const { env, state, rows, nowMs } = this.#context;
    this.#waiters.serve((runnerId) => takeTask(this.#context, runnerId));
    await this.#rearm();
    if (rows.nextClaimable(nowMs()) === null) return;
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
