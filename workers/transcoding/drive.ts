// Runs what jobs owe the outside, one job after itself, and tries again later what did not work.
import { log, logError } from "#workers/http/log.ts";
import { count } from "#workers/metrics/count.ts";
import { observe } from "#workers/metrics/observe.ts";
import { advance } from "./advance.ts";
import type { BoardContext } from "./board-context.ts";
import type { Job } from "./board-rows.ts";

const firstBackOffMs = 1_000;
const longestBackOffMs = 60_000;

export class JobDriver {
  readonly #context: BoardContext;
  readonly #running = new Map<string, Promise<void>>();

  constructor(context: BoardContext) {
    this.#context = context;
  }

  /** Resolves when the job's effects of now are done, or will be retried by the alarm. Never rejects. */
  drive(jobId: string): Promise<void> {
    const after = (this.#running.get(jobId) ?? Promise.resolve()).then(() => this.#once(jobId));
    this.#running.set(jobId, after);
    return after.finally(() => {
      if (this.#running.get(jobId) === after) this.#running.delete(jobId);
    });
  }

  /** Ends the job at once. When this resolves, nothing is being written for it any more. */
  async cancel(job: Job): Promise<void> {
    this.#end(job, "cancelled");
    await this.#running.get(job.id);
  }

  async #once(jobId: string): Promise<void> {
    const { rows, nowMs } = this.#context;
    const job = rows.job(jobId);
    if (job === null) return;
    try {
      const end = await advance(this.#context, job);
      // Cancelled meanwhile.
      if (rows.job(jobId) === null) return;
      if (end === "working") rows.settled(jobId);
      else this.#end(job, end);
    } catch (error) {
      const failures = rows.effectsFailed(jobId);
      logError("transcoding.effectsFailed", error, { videoId: job.videoId, version: job.version, failures });
      rows.owe(jobId, nowMs() + Math.min(longestBackOffMs, firstBackOffMs * 2 ** (failures - 1)));
    }
  }

  #end(job: Job, outcome: "ready" | "failed" | "gone" | "cancelled"): void {
    const { env, state, rows, parts, nowMs } = this.#context;
    state.storage.transactionSync(() => {
      parts.drop(job.id);
      rows.dropJob(job.id);
    });
    const seconds = (nowMs() - job.submittedAtMs) / 1000;
    const code = job.failed?.code;
    log("info", "transcoding.jobEnded", {
      videoId: job.videoId,
      version: job.version,
      outcome,
      code,
      seconds,
    });
    count(env, state, "transcoding_jobs_total", { outcome });
    if (outcome === "ready") observe(env, state, "transcoding_duration_seconds", {}, seconds);
  }
}
