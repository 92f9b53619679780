// How far jobs are, and telling it: to D1 and to whoever listens, at most so often.
import { publishEvent } from "#workers/events/publish.ts";
import type { BoardContext } from "./board-context.ts";
import type { Job } from "./job-rows.ts";
import { etaSeconds, withMeasured, type Pace } from "./estimate.ts";
import type { BoardTask } from "./board-rows.ts";
import { sendProgress } from "./publish.ts";

export interface TaskTally {
  readonly total: number;
  readonly done: number;
  readonly running: number;
  readonly waiting: number;
  readonly dead: number;
}

export interface JobProgress {
  readonly percent: number;
  /** Null: not known. */
  readonly etaSeconds: number | null;
  readonly tasks: TaskTally;
}

/** Of one job; with many at once each is told of less often, so that all of them write ten times a second at most. */
const leastEveryMs = 2_000;
const perJobMs = 100;
const paceIsGoodForMs = 2_000;

export class Progress {
  readonly #context: BoardContext;
  #pace: { readonly atMs: number; readonly value: Pace } | null = null;

  constructor(context: BoardContext) {
    this.#context = context;
  }

  of(job: Job): JobProgress {
    const { rows, beats, figures } = this.#context;
    const sums = rows.weightsOf(job.id);
    const tally = (phase: string) => sums.find((row) => row.phase === phase) ?? { count: 0, weight: 0 };
    const [ready, leased, done, dead] = ["ready", "leased", "done", "dead"].map(tally);
    if (!ready || !leased || !done || !dead) throw new Error("a phase is missing");
    const running = rows
      .runningOf(job.id)
      .map((task) => ({ weight: task.weight, progress: beats.progress(task) }));
    const runningDone = running.reduce((sum, { weight, progress }) => sum + weight * progress, 0);
    const all = ready.weight + leased.weight + done.weight + dead.weight;
    const share = all === 0 ? 0 : (done.weight + dead.weight + runningDone) / all;
    const left = {
      runningWeights: running.map(({ weight, progress }) => weight * (1 - progress)),
      waitingWeight: ready.weight,
      waitingTasks: ready.count,
      paused: job.paused || figures.get("paused") === 1,
    };
    return {
      // 100 is for the seal to say.
      percent: Math.min(99, Math.round(1000 * share) / 10),
      etaSeconds: job.plan === null || job.failed !== null ? null : etaSeconds(left, this.#paceNow()),
      tasks: {
        total: ready.count + leased.count + done.count + dead.count,
        done: done.count,
        running: leased.count,
        waiting: ready.count,
        dead: dead.count,
      },
    };
  }

  /** A task was finished: what it took says what the next ones take. */
  measure({ claimedAtMs, weight }: BoardTask): void {
    const { figures, nowMs } = this.#context;
    if (claimedAtMs === null) return;
    const before = { seconds: figures.get("measuredSeconds"), weight: figures.get("measuredWeight") };
    const after = withMeasured(before, { seconds: (nowMs() - claimedAtMs) / 1000, weight });
    figures.set("measuredSeconds", after.seconds);
    figures.set("measuredWeight", after.weight);
  }

  /** Tells it if it is time to. */
  async tell(jobId: string): Promise<void> {
    const { env, rows, nowMs } = this.#context;
    const job = rows.job(jobId);
    if (job === null || job.plan === null || job.failed !== null || job.progressSentAtMs === 0) return;
    const everyMs = Math.max(leastEveryMs, perJobMs * this.#paceNow().jobs);
    if (nowMs() - job.progressSentAtMs < everyMs) return;
    rows.setProgressSent(job.id, nowMs());
    const progress = this.of(job);
    const { percent } = progress;
    const event = { type: "video.progress", percent, etaSeconds: progress.etaSeconds } as const;
    await sendProgress(env, job, percent, nowMs());
    await publishEvent(env, { ...event, videoId: job.videoId, atMs: nowMs() });
  }

  #paceNow(): Pace {
    const { rows, figures, nowMs } = this.#context;
    const atMs = nowMs();
    if (this.#pace !== null && Math.abs(atMs - this.#pace.atMs) < paceIsGoodForMs) return this.#pace.value;
    const [seconds, weight] = [figures.get("measuredSeconds"), figures.get("measuredWeight")];
    const secondsPerWeight = weight === 0 ? null : seconds / weight;
    const value = { secondsPerWeight, slots: rows.leaseCount(), jobs: rows.jobCount() };
    this.#pace = { atMs, value };
    return value;
  }
}
