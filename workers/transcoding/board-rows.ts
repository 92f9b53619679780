// Jobs and tasks, in the scheduler's own tables. Synchronous; every decision is made elsewhere.
import type { VideoErrorCode } from "#workers/videos/lifecycle.ts";
import { prepareBoardTables } from "./board-schema.ts";
import type { TaskKind, TaskState } from "./board.ts";
import { classOf, overdueAtMs, priorities, type Codec } from "./claim-order.ts";
import { boardPaused, JobRows, type NewJob } from "./job-rows.ts";

export interface BoardTask {
  readonly id: string;
  readonly jobId: string;
  readonly kind: TaskKind;
  /** Of a video task; 0 for the others. */
  readonly chunk: number;
  /** Of a task for one track; "" for the others. */
  readonly track: string;
  readonly state: TaskState;
  readonly progress: number;
  readonly weight: number;
  readonly runnerId: string | null;
  readonly tokenId: string | null;
  readonly claimedAtMs: number | null;
  readonly keptFor: string | null;
  /** How its last attempt ended that ended badly. */
  readonly reason: TaskReason | null;
}

/** What went wrong with an attempt. */
export interface TaskReason {
  readonly code: VideoErrorCode;
  readonly message: string;
  readonly attempt: number;
  /** There is no further attempt. */
  readonly isFinal: boolean;
}

export interface NewTask extends Pick<BoardTask, "id" | "kind" | "chunk" | "track" | "state" | "weight"> {
  readonly lane: number;
  /** Order within a job and a lane. */
  readonly rank: number;
  /** What its runner's FFmpeg must encode. */
  readonly needs: readonly Codec[];
}

export interface Claimer {
  readonly runnerId: string;
  readonly instance: string | null;
  readonly tokenId: string | null;
}

// What the table holds: own rows only, written by the methods below.
type TaskRow = {
  id: string;
  job: string;
  kind: TaskKind;
  chunk: number;
  track: string;
  phase: TaskState["phase"];
  attempt: number;
  failures: number;
  lapses: number;
  due_ms: number;
  undelivered: number;
  progress: number;
  weight: number;
  runner: string | null;
  token: string | null;
  claimed_ms: number | null;
  kept_for: string | null;
  reason: string | null;
};
type Count = { n: number };

export class BoardRows extends JobRows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    prepareBoardTables(sql);
    super(sql);
    this.#sql = sql;
  }

  #all<T extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): T[] {
    return this.#sql.exec<T>(query, ...bindings).toArray();
  }

  addTask(task: NewTask, job: NewJob): void {
    const { phase, attempt, failures, lapses, dueAtMs, undelivered } = task.state;
    const { priority, creator } = job.settings;
    const taskClass = classOf(task.kind, task.needs);
    const needs = JSON.stringify(task.needs);
    this.#sql.exec("INSERT OR IGNORE INTO classes VALUES (?, ?, ?)", taskClass, task.kind, needs);
    this.#sql.exec(
      `INSERT INTO tasks (id, job, kind, chunk, track, needs, class, priority, creator, lane, submitted_ms, rank,
       overdue_ms, place, phase, attempt, failures, lapses, due_ms, undelivered, weight)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
       (SELECT CASE paused WHEN 1 THEN 'held' ELSE 'soon' END FROM jobs WHERE id = ?), ?, ?, ?, ?, ?, ?, ?)`,
      ...[task.id, job.id, task.kind, task.chunk, task.track, needs, taskClass],
      ...[priorities.indexOf(priority), creator ?? "", task.lane, job.submittedAtMs, task.rank],
      ...[overdueAtMs(priority, job.submittedAtMs), job.id, phase, attempt, failures, lapses, dueAtMs],
      ...[undelivered, task.weight],
    );
  }

  task(id: string): BoardTask | null {
    const row = this.#all<TaskRow>("SELECT * FROM tasks WHERE id = ?", id)[0];
    return row === undefined ? null : toTask(row);
  }

  tasksOf(jobId: string): BoardTask[] {
    return this.#all<TaskRow>("SELECT * FROM tasks WHERE job = ? ORDER BY lane, rank", jobId).map(toTask);
  }

  runningOf(jobId: string): BoardTask[] {
    return this.#all<TaskRow>("SELECT * FROM tasks WHERE job = ? AND phase = 'leased'", jobId).map(toTask);
  }

  weightsOf(jobId: string): { phase: TaskState["phase"]; count: number; weight: number }[] {
    return this.#all(
      "SELECT phase, COUNT(*) AS count, SUM(weight) AS weight FROM tasks WHERE job = ? GROUP BY phase",
      jobId,
    );
  }

  /** Leases that have ended, as far as it was written down. */
  leasesOver(nowMs: number): BoardTask[] {
    const query = "SELECT * FROM tasks WHERE place = 'lease' AND due_ms <= ?";
    return this.#all<TaskRow>(query, nowMs).map(toTask);
  }

  setTask(id: string, state: TaskState): void {
    this.#sql.exec(
      `UPDATE tasks SET phase = ?1, attempt = ?, failures = ?, lapses = ?, due_ms = ?, undelivered = ?,
       place = CASE ?1 WHEN 'leased' THEN 'lease' WHEN 'ready' THEN
         (SELECT CASE paused WHEN 1 THEN 'held' ELSE 'soon' END FROM jobs WHERE jobs.id = tasks.job)
         ELSE 'over' END
       WHERE id = ?`,
      ...[state.phase, state.attempt, state.failures, state.lapses, state.dueAtMs, state.undelivered, id],
    );
  }

  setClaimed(id: string, { runnerId, instance, tokenId }: Claimer, nowMs: number): void {
    this.#sql.exec(
      "UPDATE tasks SET runner = ?, instance = ?, token = ?, claimed_ms = ?, progress = 0 WHERE id = ?",
      ...[runnerId, instance, tokenId, nowMs, id],
    );
  }

  isAtWork(jobId: string, instance: string): boolean {
    const query = "SELECT 1 FROM tasks WHERE job = ? AND phase = 'leased' AND instance = ? LIMIT 1";
    return this.#all(query, jobId, instance).length > 0;
  }

  /** Nobody but that instance is given it until then. */
  keepTask(id: string, instance: string, untilMs: number): void {
    this.#sql.exec(
      "UPDATE tasks SET place = 'kept', kept_for = ?, kept_until_ms = ? WHERE id = ?",
      ...[instance, untilMs, id],
    );
  }

  /** Whether one more video of the creator would be one too many; a video that is at work goes on. */
  isOneTooMany(creator: string, jobId: string, most: number): boolean {
    const [row] = this.#all<{ jobs: number; own: number | null }>(
      "SELECT COUNT(DISTINCT job) AS jobs, MAX(job = ?) AS own FROM tasks WHERE creator = ? AND phase = 'leased'",
      ...[jobId, creator],
    );
    return row !== undefined && row.own !== 1 && row.jobs >= most;
  }

  /** Of the creator's videos only those that are at work are given out until then. */
  holdCreator(creator: string, untilMs: number): void {
    this.#sql.exec(
      `UPDATE tasks SET place = 'kept', kept_for = 'nobody', kept_until_ms = ?
       WHERE creator = ? AND place = 'queue'
         AND job NOT IN (SELECT job FROM tasks WHERE creator = ? AND phase = 'leased')`,
      ...[untilMs, creator, creator],
    );
  }

  setHeard(id: string, dueAtMs: number, progress: number): void {
    this.#sql.exec("UPDATE tasks SET due_ms = ?, progress = ? WHERE id = ?", dueAtMs, progress, id);
  }

  setReason(id: string, reason: TaskReason): void {
    this.#sql.exec("UPDATE tasks SET reason = ? WHERE id = ?", JSON.stringify(reason), id);
  }

  /** Is there anything that could be claimed? */
  hasClaimable(nowMs: number): boolean {
    const query = `SELECT 1 WHERE NOT ${boardPaused} AND (EXISTS (SELECT 1 FROM tasks WHERE place = 'queue')
      OR EXISTS (SELECT 1 FROM tasks WHERE place = 'soon' AND due_ms <= ?1)
      OR EXISTS (SELECT 1 FROM tasks WHERE place = 'kept' AND kept_until_ms <= ?1))`;
    return this.#all(query, nowMs).length > 0;
  }

  /** When the alarm must look next: a lease ends, a back-off ends, a task is kept no longer, effects are due. */
  nextDueMs(nowMs: number): number | null {
    const rows = this.#all<{ due: number | null }>(
      `SELECT MIN(due) AS due FROM (
         SELECT MIN(due_ms) AS due FROM tasks WHERE place = 'lease'
         UNION ALL SELECT MIN(due_ms) FROM tasks WHERE place = 'soon' AND due_ms > ?1
         UNION ALL SELECT MIN(kept_until_ms) FROM tasks WHERE place = 'kept' AND kept_until_ms > ?1
         UNION ALL SELECT MIN(due_ms) FROM jobs WHERE due_ms IS NOT NULL)`,
      nowMs,
    );
    return rows[0]?.due ?? null;
  }

  taskCounts(): { kind: TaskKind; phase: TaskState["phase"]; count: number }[] {
    return this.#all<{ kind: TaskKind; phase: TaskState["phase"]; count: number }>(
      "SELECT kind, phase, COUNT(*) AS count FROM tasks GROUP BY kind, phase ORDER BY kind, phase",
    );
  }

  /** Tasks that were given up, and not because their job ended. */
  deadOf(jobId: string): BoardTask[] {
    const query = `SELECT * FROM tasks WHERE job = ? AND phase = 'dead' AND reason ->> '$.isFinal' = 1`;
    return this.#all<TaskRow>(query, jobId).map(toTask);
  }

  leaseCount(): number {
    return this.#all<Count>("SELECT COUNT(*) AS n FROM tasks WHERE place = 'lease'")[0]?.n ?? 0;
  }

  /** What runners are needed for: nothing that is paused. */
  openTaskCount(): number {
    const query = `SELECT COUNT(*) AS n FROM tasks
      WHERE place = 'lease' OR (place IN ('queue', 'soon', 'kept') AND NOT ${boardPaused})`;
    return this.#all<Count>(query)[0]?.n ?? 0;
  }
}

function toTask(row: TaskRow): BoardTask {
  const { phase, attempt, failures, lapses, due_ms: dueAtMs, undelivered } = row;
  return {
    id: row.id,
    jobId: row.job,
    kind: row.kind,
    chunk: row.chunk,
    track: row.track,
    state: { phase, attempt, failures, lapses, dueAtMs, undelivered },
    progress: row.progress,
    weight: row.weight,
    runnerId: row.runner,
    tokenId: row.token,
    claimedAtMs: row.claimed_ms,
    keptFor: row.kept_for,
    reason: row.reason === null ? null : (JSON.parse(row.reason) as TaskReason),
  };
}
