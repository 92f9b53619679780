// Jobs, in the scheduler's own table. Synchronous; every decision is made elsewhere.
import type { VideoErrorCode } from "#workers/videos/lifecycle.ts";
import type { SoundOrder } from "./added-sound.ts";
import type { FrameOrder } from "./frame-requests.ts";
import type { JobSettings } from "./job-settings.ts";
import type { JobQuery, JobState } from "./job-view.ts";
import type { Plan } from "./plan.ts";
import { builtInProfiles } from "./profile.ts";

export interface JobSource {
  readonly key: string;
  readonly sizeBytes: number;
  /** Of a job that makes one picture of it and nothing else. */
  readonly frame?: FrameOrder;
  /** Of a job that adds this sound to a version that is there. */
  readonly sound?: SoundOrder;
}

/** Of a whole version, which is what people ask for and command. */
export const isOfVersion = ({ frame, sound }: JobSource): boolean =>
  frame === undefined && sound === undefined;

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
  /** As they were when it was submitted. */
  readonly settings: JobSettings;
  /** Null until the probe is in. */
  readonly plan: Plan | null;
  /** Set when the video is to be marked failed; nothing else happens to the job then. */
  readonly failed: Failed | null;
  readonly submittedAtMs: number;
  /** When the percentage was last written to D1. */
  readonly progressSentAtMs: number;
  /** None of its tasks is given out. */
  readonly paused: boolean;
  /** It failed, and stays here to be asked for and to be taken up again. */
  readonly endedAtMs: number | null;
  /** It is to be taken up again, once its video says so too. */
  readonly reviving: boolean;
  /** 1, and one more each time it was taken up again. */
  readonly life: number;
  /** The instance that has the whole file, or is fetching it. */
  readonly holder: string | null;
  /** Of its tasks that are done. */
  readonly cpuSeconds: number;
}

export type NewJob = Pick<Job, "id" | "videoId" | "version" | "source" | "settings" | "submittedAtMs">;

export const jobIdOf = (videoId: string, version: number) => `${videoId}/${version}`;

/** Plans are long and do not change: of these many jobs they are read once. */
const rememberedPlans = 200;

// What the table holds: own rows only, written by the methods below.
type JobRow = {
  id: string;
  video_id: string;
  version: number;
  source: string;
  settings: string | null;
  plan: string | null;
  failed: string | null;
  submitted_ms: number;
  progress_sent_ms: number;
  paused: number;
  ended_ms: number | null;
  reviving: number;
  life: number;
  holder: string | null;
  cpu_seconds: number;
};

const jobColumns = `id, video_id, version, source, settings, failed, submitted_ms, progress_sent_ms, paused,
  ended_ms, reviving, life, holder, cpu_seconds`;

export const boardPaused = "((SELECT value FROM figures WHERE name = 'paused') IS 1)";
const held = `(paused = 1 OR ${boardPaused})`;
const leased = "EXISTS (SELECT 1 FROM tasks WHERE job = jobs.id AND phase = 'leased')";
const inState: Readonly<Record<JobState, string>> = {
  failed: "failed IS NOT NULL",
  paused: `failed IS NULL AND ${held}`,
  running: `failed IS NULL AND NOT ${held} AND ${leased}`,
  queued: `failed IS NULL AND NOT ${held} AND NOT ${leased}`,
};

export class JobRows {
  readonly #sql: SqlStorage;
  readonly #plans = new Map<string, Plan>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  #all<T extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): T[] {
    return this.#sql.exec<T>(query, ...bindings).toArray();
  }

  addJob(job: NewJob): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO jobs (id, video_id, version, source, settings, submitted_ms) VALUES (?, ?, ?, ?, ?, ?)",
      ...[job.id, job.videoId, job.version, JSON.stringify(job.source), JSON.stringify(job.settings)],
      job.submittedAtMs,
    );
  }

  job(id: string): Job | null {
    const row = this.#all<JobRow>(`SELECT ${jobColumns}, NULL AS plan FROM jobs WHERE id = ?`, id)[0];
    return row === undefined ? null : toJob(row, this.#plan(id));
  }

  jobsOf(videoId: string): Job[] {
    return this.#all<{ id: string }>(
      "SELECT id FROM jobs WHERE video_id = ? ORDER BY version",
      videoId,
    ).flatMap(({ id }) => this.job(id) ?? []);
  }

  /** Of whole videos, the newest first. */
  jobsBefore({ state, before, limit }: JobQuery): Job[] {
    const rows = this.#all<{ id: string }>(
      `SELECT id FROM jobs WHERE (submitted_ms, id) < (?, ?) AND source ->> '$.frame' IS NULL AND source ->> '$.sound' IS NULL AND ${state === null ? "TRUE" : inState[state]}
       ORDER BY submitted_ms DESC, id DESC LIMIT ?`,
      ...[before?.submittedAtMs ?? Number.MAX_SAFE_INTEGER, before?.jobId ?? "", limit],
    );
    return rows.flatMap(({ id }) => this.job(id) ?? []);
  }

  #plan(jobId: string): Plan | null {
    const known = this.#plans.get(jobId);
    if (known !== undefined) return known;
    const text = this.#all<{ plan: string | null }>("SELECT plan FROM jobs WHERE id = ?", jobId)[0]?.plan;
    if (text == null) return null;
    const plan = JSON.parse(text) as Plan;
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size < rememberedPlans) break;
      this.#plans.delete(oldest);
    }
    this.#plans.set(jobId, plan);
    return plan;
  }

  addCpuSeconds(jobId: string, seconds: number): void {
    this.#sql.exec("UPDATE jobs SET cpu_seconds = cpu_seconds + ? WHERE id = ?", seconds, jobId);
  }

  setPlan(jobId: string, plan: Plan): void {
    this.#plans.delete(jobId);
    this.#sql.exec("UPDATE jobs SET plan = ? WHERE id = ?", JSON.stringify(plan), jobId);
  }

  /** The first reason stays. Whoever still works on the job is fenced out from here on. */
  setFailed(jobId: string, failed: Failed): void {
    this.#sql.exec(
      "UPDATE jobs SET failed = ? WHERE id = ? AND failed IS NULL",
      JSON.stringify(failed),
      jobId,
    );
    this.#sql.exec(
      "UPDATE tasks SET phase = 'dead', place = 'over', due_ms = 0 WHERE job = ? AND phase != 'done'",
      jobId,
    );
  }

  /** Tasks that wait are not given out; those that are being worked on are finished. */
  setPaused(jobId: string, paused: boolean): void {
    this.#sql.exec("UPDATE jobs SET paused = ? WHERE id = ?", paused ? 1 : 0, jobId);
    this.#sql.exec(
      "UPDATE tasks SET place = ? WHERE job = ? AND phase = 'ready'",
      ...[paused ? "held" : "soon", jobId],
    );
  }

  setEnded(jobId: string, nowMs: number): void {
    this.#sql.exec(
      "UPDATE jobs SET ended_ms = ?, due_ms = NULL, effect_failures = 0 WHERE id = ?",
      nowMs,
      jobId,
    );
  }

  setHolder(jobId: string, instance: string | null): void {
    this.#sql.exec("UPDATE jobs SET holder = ? WHERE id = ?", instance, jobId);
  }

  setReviving(jobId: string): void {
    this.#sql.exec("UPDATE jobs SET reviving = 1 WHERE id = ?", jobId);
  }

  /** Attempts go on counting: whoever held a task before is fenced out for ever. */
  revive(jobId: string, probeAgain: boolean): void {
    this.#sql.exec(
      `UPDATE jobs SET reviving = 0, life = life + 1, failed = NULL, ended_ms = NULL, paused = 0, progress_sent_ms = 0
       WHERE id = ?`,
      jobId,
    );
    this.#sql.exec(
      `UPDATE tasks SET phase = 'ready', place = 'soon', due_ms = 0, failures = 0, lapses = 0, progress = 0,
       reason = NULL WHERE job = ? AND phase = 'dead'`,
      jobId,
    );
    if (!probeAgain) return;
    this.#sql.exec(
      `UPDATE tasks SET phase = 'ready', place = 'soon', due_ms = 0, undelivered = 1, progress = 0
       WHERE job = ? AND kind = 'probe'`,
      jobId,
    );
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
    this.#plans.delete(jobId);
    this.#sql.exec("DELETE FROM tasks WHERE job = ?", jobId);
    this.#sql.exec("DELETE FROM untold_events WHERE job = ?", jobId);
    this.#sql.exec("DELETE FROM jobs WHERE id = ?", jobId);
  }

  jobCount(): number {
    return this.#all<{ n: number }>("SELECT COUNT(*) AS n FROM jobs WHERE ended_ms IS NULL")[0]?.n ?? 0;
  }
}

/** Of jobs that were submitted before jobs had any. */
const formerSettings: JobSettings = {
  creator: null,
  priority: "normal",
  profile: builtInProfiles.standard,
  playsAlready: false,
};

function toJob(row: JobRow, plan: Plan | null): Job {
  return {
    id: row.id,
    videoId: row.video_id,
    version: row.version,
    source: JSON.parse(row.source) as JobSource,
    settings: row.settings === null ? formerSettings : (JSON.parse(row.settings) as JobSettings),
    plan,
    failed: row.failed === null ? null : (JSON.parse(row.failed) as Failed),
    submittedAtMs: row.submitted_ms,
    progressSentAtMs: row.progress_sent_ms,
    paused: row.paused === 1,
    endedAtMs: row.ended_ms,
    reviving: row.reviving === 1,
    life: row.life,
    holder: row.holder,
    cpuSeconds: row.cpu_seconds,
  };
}
