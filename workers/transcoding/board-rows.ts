// Jobs and tasks, in the scheduler's own tables. Synchronous; every decision is made elsewhere.
import type { VideoErrorCode } from "#workers/videos/lifecycle.ts";
import type { TaskKind, TaskState } from "./board.ts";
import type { Plan } from "./plan.ts";

export interface JobSource {
  readonly key: string;
  readonly sizeBytes: number;
}

export interface Failed {
  readonly code: VideoErrorCode;
  readonly message: string;
}

export interface Job {
  /** `{videoId}/{version}`. */
  readonly id: string;
  readonly videoId: string;
  readonly version: number;
  readonly source: JobSource;
  /** Null until the probe is in. */
  readonly plan: Plan | null;
  /** Set when the video is to be marked failed; nothing else happens to the job then. */
  readonly failed: Failed | null;
  readonly submittedAtMs: number;
  /** When the percentage was last written to D1. */
  readonly progressSentAtMs: number;
}

export interface BoardTask {
  readonly id: string;
  readonly jobId: string;
  readonly kind: TaskKind;
  /** Of a video task; 0 for the others. */
  readonly chunk: number;
  readonly state: TaskState;
  readonly progress: number;
  readonly weight: number;
}

export interface NewTask extends Omit<BoardTask, "progress"> {
  readonly lane: number;
  readonly submittedAtMs: number;
  /** Order within a job and a lane. */
  readonly rank: number;
}

export const jobIdOf = (videoId: string, version: number) => `${videoId}/${version}`;

const schema = `
  CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, video_id TEXT NOT NULL, version INTEGER NOT NULL, source TEXT NOT NULL,
    plan TEXT, failed TEXT, submitted_ms INTEGER NOT NULL, progress_sent_ms INTEGER NOT NULL DEFAULT 0,
    -- When its outside effects are tried (again); NULL when none is owed.
    due_ms INTEGER, effect_failures INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tasks (
    id TEXT PRIMARY KEY, job TEXT NOT NULL, kind TEXT NOT NULL, chunk INTEGER NOT NULL,
    lane INTEGER NOT NULL, submitted_ms INTEGER NOT NULL, rank INTEGER NOT NULL,
    phase TEXT NOT NULL, attempt INTEGER NOT NULL, failures INTEGER NOT NULL,
    lapses INTEGER NOT NULL DEFAULT 0, due_ms INTEGER NOT NULL,
    undelivered INTEGER NOT NULL, runner TEXT, progress REAL NOT NULL DEFAULT 0, weight REAL NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS tasks_in_order ON tasks (phase, lane, submitted_ms, rank);
  CREATE INDEX IF NOT EXISTS tasks_by_job ON tasks (job);
`;

// What the tables hold: own rows only, written by the methods below.
type JobRow = {
  id: string;
  video_id: string;
  version: number;
  source: string;
  plan: string | null;
  failed: string | null;
  submitted_ms: number;
  progress_sent_ms: number;
};
type TaskRow = {
  id: string;
  job: string;
  kind: TaskKind;
  chunk: number;
  phase: TaskState["phase"];
  attempt: number;
  failures: number;
  lapses: number;
  due_ms: number;
  undelivered: number;
  progress: number;
  weight: number;
};
type Count = { n: number };

export class BoardRows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(schema);
    // A board that was made before lapses were counted.
    const counted = this.#all("SELECT 1 FROM pragma_table_info('tasks') WHERE name = 'lapses'").length > 0;
    if (!counted) sql.exec("ALTER TABLE tasks ADD COLUMN lapses INTEGER NOT NULL DEFAULT 0");
  }

  #all<T extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): T[] {
    return this.#sql.exec<T>(query, ...bindings).toArray();
  }

  // Jobs

  addJob(job: Pick<Job, "id" | "videoId" | "version" | "source" | "submittedAtMs">): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO jobs (id, video_id, version, source, submitted_ms) VALUES (?, ?, ?, ?, ?)",
      job.id,
      job.videoId,
      job.version,
      JSON.stringify(job.source),
      job.submittedAtMs,
    );
  }

  job(id: string): Job | null {
    const row = this.#all<JobRow>("SELECT * FROM jobs WHERE id = ?", id)[0];
    return row === undefined ? null : toJob(row);
  }

  jobsOf(videoId: string): Job[] {
    return this.#all<JobRow>("SELECT * FROM jobs WHERE video_id = ?", videoId).map(toJob);
  }

  setPlan(jobId: string, plan: Plan): void {
    this.#sql.exec("UPDATE jobs SET plan = ? WHERE id = ?", JSON.stringify(plan), jobId);
  }

  /** The first reason stays. Whoever still works on the job is fenced out from here on. */
  setFailed(jobId: string, failed: Failed): void {
    this.#sql.exec(
      "UPDATE jobs SET failed = ? WHERE id = ? AND failed IS NULL",
      JSON.stringify(failed),
      jobId,
    );
    this.#sql.exec("UPDATE tasks SET phase = 'dead', due_ms = 0 WHERE job = ? AND phase != 'done'", jobId);
  }

  setProgressSent(jobId: string, nowMs: number): void {
    this.#sql.exec("UPDATE jobs SET progress_sent_ms = ? WHERE id = ?", nowMs, jobId);
  }

  /** Effects are owed from here on: the alarm sees to them if this call does not live to. */
  owe(jobId: string, dueMs: number): void {
    this.#sql.exec("UPDATE jobs SET due_ms = ? WHERE id = ?", dueMs, jobId);
  }

  settled(jobId: string): void {
    this.#sql.exec("UPDATE jobs SET due_ms = NULL, effect_failures = 0 WHERE id = ?", jobId);
  }

  /** Returns how often in a row they have failed. */
  effectsFailed(jobId: string): number {
    const rows = this.#all<{ effect_failures: number }>(
      "UPDATE jobs SET effect_failures = effect_failures + 1 WHERE id = ? RETURNING effect_failures",
      jobId,
    );
    return rows[0]?.effect_failures ?? 0;
  }

  jobsDue(nowMs: number): string[] {
    return this.#all<{ id: string }>("SELECT id FROM jobs WHERE due_ms <= ? ORDER BY due_ms", nowMs).map(
      ({ id }) => id,
    );
  }

  dropJob(jobId: string): void {
    this.#sql.exec("DELETE FROM tasks WHERE job = ?", jobId);
    this.#sql.exec("DELETE FROM jobs WHERE id = ?", jobId);
  }

  // Tasks

  addTask(task: NewTask): void {
    const { phase, attempt, failures, lapses, dueAtMs, undelivered } = task.state;
    this.#sql.exec(
      `INSERT INTO tasks (id, job, kind, chunk, lane, submitted_ms, rank, phase, attempt, failures, lapses,
       due_ms, undelivered, weight) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[task.id, task.jobId, task.kind, task.chunk, task.lane, task.submittedAtMs, task.rank],
      ...[phase, attempt, failures, lapses, dueAtMs, undelivered, task.weight],
    );
  }

  task(id: string): BoardTask | null {
    const row = this.#all<TaskRow>("SELECT * FROM tasks WHERE id = ?", id)[0];
    return row === undefined ? null : toTask(row);
  }

  tasksOf(jobId: string): BoardTask[] {
    return this.#all<TaskRow>("SELECT * FROM tasks WHERE job = ? ORDER BY lane, rank", jobId).map(toTask);
  }

  nextClaimable(nowMs: number): BoardTask | null {
    const row = this.#all<TaskRow>(
      "SELECT * FROM tasks WHERE phase = 'ready' AND due_ms <= ? ORDER BY lane, submitted_ms, rank LIMIT 1",
      nowMs,
    )[0];
    return row === undefined ? null : toTask(row);
  }

  leasesOver(nowMs: number): BoardTask[] {
    return this.#all<TaskRow>("SELECT * FROM tasks WHERE phase = 'leased' AND due_ms <= ?", nowMs).map(
      toTask,
    );
  }

  setTask(id: string, state: TaskState): void {
    this.#sql.exec(
      `UPDATE tasks SET phase = ?, attempt = ?, failures = ?, lapses = ?, due_ms = ?, undelivered = ?
       WHERE id = ?`,
      ...[state.phase, state.attempt, state.failures, state.lapses, state.dueAtMs, state.undelivered, id],
    );
  }

  setRunner(id: string, runnerId: string): void {
    this.#sql.exec("UPDATE tasks SET runner = ? WHERE id = ?", runnerId, id);
  }

  setProgress(id: string, progress: number): void {
    this.#sql.exec("UPDATE tasks SET progress = ? WHERE id = ?", progress, id);
  }

  /** When the alarm must look next: a lease ends, a back-off ends, effects are due. */
  nextDueMs(nowMs: number): number | null {
    const rows = this.#all<{ due: number | null }>(
      `SELECT MIN(due) AS due FROM (
         SELECT due_ms AS due FROM tasks WHERE phase = 'leased'
         UNION ALL SELECT due_ms FROM tasks WHERE phase = 'ready' AND due_ms > ?
         UNION ALL SELECT due_ms FROM jobs WHERE due_ms IS NOT NULL)`,
      nowMs,
    );
    return rows[0]?.due ?? null;
  }

  // Figures for the metrics

  taskCounts(): { kind: TaskKind; phase: TaskState["phase"]; count: number }[] {
    return this.#all<{ kind: TaskKind; phase: TaskState["phase"]; count: number }>(
      "SELECT kind, phase, COUNT(*) AS count FROM tasks GROUP BY kind, phase ORDER BY kind, phase",
    );
  }

  jobCount(): number {
    return this.#all<Count>("SELECT COUNT(*) AS n FROM jobs")[0]?.n ?? 0;
  }

  openTaskCount(): number {
    const query = "SELECT COUNT(*) AS n FROM tasks WHERE phase IN ('ready', 'leased')";
    return this.#all<Count>(query)[0]?.n ?? 0;
  }
}

function toJob(row: JobRow): Job {
  return {
    id: row.id,
    videoId: row.video_id,
    version: row.version,
    source: JSON.parse(row.source) as JobSource,
    plan: row.plan === null ? null : (JSON.parse(row.plan) as Plan),
    failed: row.failed === null ? null : (JSON.parse(row.failed) as Failed),
    submittedAtMs: row.submitted_ms,
    progressSentAtMs: row.progress_sent_ms,
  };
}

function toTask(row: TaskRow): BoardTask {
  const { phase, attempt, failures, lapses, due_ms: dueAtMs, undelivered } = row;
  return {
    id: row.id,
    jobId: row.job,
    kind: row.kind,
    chunk: row.chunk,
    state: { phase, attempt, failures, lapses, dueAtMs, undelivered },
    progress: row.progress,
    weight: row.weight,
  };
}
