// Runs what jobs owe the outside, one job after itself, and tries again later what did not work.
import { publishEvent } from "#workers/events/publish.ts";
import { log, logError } from "#workers/http/log.ts";
import { count } from "#workers/metrics/count.ts";
import { observe } from "#workers/metrics/observe.ts";
import { advance } from "./advance.ts";
import { reviveJob } from "./board-commands.ts";
import type { BoardContext } from "./board-context.ts";
import type { Failed, Job } from "./job-rows.ts";
import { requeueVideo } from "./requeue-video.ts";
import { tellNoted } from "./untold-events.ts";

const firstBackOffMs = 1_000;
const longestBackOffMs = 60_000;

type JobEvent =
  { readonly type: "video.playable" | "video.ready" } | ({ readonly type: "video.failed" } & Failed);

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
    const { rows } = this.#context;
    const job = rows.job(jobId);
    if (job === null || (job.endedAtMs !== null && !job.reviving)) return;
    try {
      await tellNoted(this.#context, jobId);
      if (job.reviving) await this.#revive(job);
      else await this.#advance(job);
    } catch (error) {
      const failures = rows.effectsFailed(jobId);
      logError("transcoding.effectsFailed", error, { videoId: job.videoId, version: job.version, failures });
      const waitMs = Math.min(longestBackOffMs, firstBackOffMs * 2 ** (failures - 1));
      rows.owe(jobId, this.#context.nowMs() + waitMs);
    }
  }

  async #advance(job: Job): Promise<void> {
    const { rows, parts } = this.#context;
    const wasPlayable = parts.hasBegun(job.id) || parts.isPublished(job.id, 0);
    const end = await advance(this.#context, job);
    // Cancelled meanwhile.
    const after = rows.job(job.id);
    if (after === null) return;
    const isPlayable = parts.hasBegun(job.id) || parts.isPublished(job.id, 0);
    const isSeen = after.settings.replaces !== true;
    if (isPlayable && !wasPlayable && isSeen) await this.#tell(after, { type: "video.playable" });
    if (end === "ready" || end === "failed") await this.#tellDead(after);
    if (end === "ready") await this.#tell(after, { type: "video.ready" });
    if (end === "failed" && after.failed !== null && isSeen) {
      await this.#tell(after, { type: "video.failed", ...after.failed });
    }
    if (rows.job(job.id) === null) return;
    if (end === "working") rows.settled(job.id);
    else if (end === "failed") this.#bury(after);
    else this.#end(after, end);
  }

  async #revive(job: Job): Promise<void> {
    const { env, rows, nowMs } = this.#context;
    const outcome = await requeueVideo(env, job, nowMs());
    if (rows.job(job.id) === null) return;
    if (outcome === "gone") return this.#end(job, "gone");
    reviveJob(this.#context, job);
    log("info", "transcoding.jobRequeued", { videoId: job.videoId, version: job.version });
    await tellNoted(this.#context, job.id);
    const revived = rows.job(job.id);
    if (revived !== null) await this.#advance(revived);
  }

  /** Told once for each life of the job, however often its end is tried. */
  async #tell(job: Job, event: JobEvent): Promise<void> {
    const { env, nowMs } = this.#context;
    const once = `${job.id} ${event.type} ${job.life}`;
    await publishEvent(env, { ...event, videoId: job.videoId, atMs: nowMs() }, once);
  }

  async #tellDead(job: Job): Promise<void> {
    const { env, rows, nowMs } = this.#context;
    for (const { id, kind: task, chunk, track, reason } of rows.deadOf(job.id)) {
      if (reason === null) continue;
      const { code, message, attempt } = reason;
      const event = { type: "task.dead", taskId: id, task, chunk, track, attempt, code, message } as const;
      await publishEvent(env, { ...event, videoId: job.videoId, atMs: nowMs() }, `${id} ${attempt} dead`);
    }
  }

  /** It failed: what it holds is kept for whoever wants it taken up again. */
  #bury(job: Job): void {
    const { rows, nowMs } = this.#context;
    rows.setEnded(job.id, nowMs());
    this.#note(job, "failed");
  }

  #end(job: Job, outcome: "ready" | "gone" | "cancelled"): void {
    const { state, rows, parts } = this.#context;
    state.storage.transactionSync(() => {
      parts.drop(job.id);
      rows.dropJob(job.id);
    });
    this.#note(job, outcome);
  }

  #note(job: Job, outcome: "ready" | "failed" | "gone" | "cancelled"): void {
    const { env, state, nowMs } = this.#context;
    const { videoId, version } = job;
    const seconds = (nowMs() - job.submittedAtMs) / 1000;
    log("info", "transcoding.jobEnded", { videoId, version, outcome, code: job.failed?.code, seconds });
    count(env, state, "transcoding_jobs_total", { outcome });
    if (outcome === "ready") observe(env, state, "transcoding_duration_seconds", {}, seconds);
  }
}
