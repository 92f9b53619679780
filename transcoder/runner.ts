// Claims a task, does it, reports, asks for the next, in a few slots at once, so that
// sound and pictures do not wait for the film. `stop` hands the tasks back.
import { randomUUID } from "node:crypto";
import { release } from "#workers/release.ts";
import { ok, type Result } from "#workers/result.ts";
import type { ClaimRequest, Task } from "#workers/transcoding/contract.ts";
import { fullJitterMs, pause } from "./back-off.ts";
import type { Config } from "./config.ts";
import { gate, type Gate } from "./gate.ts";
import { heldClaims, type HeldClaims } from "./held-claims.ts";
import { holdLease, type Lease } from "./lease.ts";
import { log, safeMessage } from "./log.ts";
import { runnerFault, type TaskFailure, type TaskOutcome } from "./outcome.ts";
import {
  FatalRefusal,
  schedulerClient,
  type ReportAnswer,
  type SchedulerClient,
} from "./scheduler-client.ts";
import { NoUrl, objectUrls } from "./object-urls.ts";
import { sourceCache, type SourceCache } from "./source-cache.ts";
import type { TaskContext } from "./task-context.ts";
import { doWork, sourceOf } from "./task-work.ts";
import { putObject, uploadRefusalText } from "./upload.ts";
import { openWorkDir, type WorkDir } from "./work-dir.ts";

export interface RunnerOptions {
  readonly config: Config;
  /** What this machine's FFmpeg can encode. */
  readonly codecs: ClaimRequest["codecs"];
  readonly ffmpegVersion: string;
  /** SIGTERM: the task at hand is given back, not lost. */
  readonly stop: AbortSignal;
  readonly onBusy?: (busy: boolean) => void;
}

interface Tools {
  readonly client: SchedulerClient;
  readonly claims: HeldClaims;
  readonly cache: SourceCache;
  readonly workDir: WorkDir;
  readonly cpus: number;
  readonly encoders: Gate;
  readonly stop: AbortSignal;
}

/** What a task used up. */
interface Cost {
  cpuSeconds: number;
  /** Of the source; what was on disk before is not counted. */
  bytesFetched: number;
}

const claimWaitSeconds = 20;
/** A claim that is answered at once with nothing, again and again, must not become a flood. */
const quickAnswerMs = 1_000;
const farewellMs = 8_000;

/** Ends when `stop` fires; throws `FatalRefusal`. Leaves no file behind. */
export async function runRunner({
  config,
  codecs,
  ffmpegVersion,
  stop,
  onBusy,
}: RunnerOptions): Promise<void> {
  const workDir = await openWorkDir(config.workDir);
  const cache = sourceCache(workDir.path, config.cacheBytes);
  const client = schedulerClient(config.url, config.token);
  // What is fatal to one slot is fatal to all: they hand their tasks back.
  const fatal = new AbortController();
  const ending = AbortSignal.any([stop, fatal.signal]);
  const claims = heldClaims(client, ending, farewellMs);
  const tools: Tools = {
    client,
    claims,
    cache,
    workDir,
    cpus: config.cpus,
    encoders: gate(config.cpus),
    stop: ending,
  };
  const instance = `${config.name}-${randomUUID().slice(0, 8)}`.slice(-60);
  let busySlots = 0;
  const busy = (change: 1 | -1) => {
    busySlots += change;
    onBusy?.(busySlots > 0);
  };
  const slots = Array.from({ length: config.slots }, async (_, slot) => {
    const wish = {
      runnerId: `${instance}-${slot}`,
      instance,
      cpus: config.cpus,
      codecs: [...codecs],
      ffmpegVersion,
      release,
      waitSeconds: claimWaitSeconds,
    };
    await serveSlot(wish, tools, busy).catch((error: unknown) => {
      fatal.abort(error);
      throw error;
    });
  });
  try {
    const ends = await Promise.allSettled(slots);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  } finally {
    await claims.left();
    await workDir.remove();
  }
}

async function serveSlot(wish: ClaimRequest, tools: Tools, busy: (change: 1 | -1) => void): Promise<void> {
  const { claims, cache, stop } = tools;
  for (let failures = 0; !stop.aborted;) {
    const askedAt = Date.now();
    try {
      const task = await claims.claim(wish);
      failures = 0;
      if (task) {
        busy(1);
        await runTask(task, tools).finally(() => busy(-1));
      } else {
        await cache.dropUnused();
        const tooQuick = Date.now() - askedAt < quickAnswerMs;
        if (tooQuick) await pause(quickAnswerMs * (0.5 + Math.random()), stop);
      }
    } catch (error) {
      if (stop.aborted) return;
      if (error instanceof FatalRefusal) throw error;
      log("warn", "claimFailed", { message: safeMessage(error) });
      await pause(fullJitterMs(failures++), stop);
    }
  }
}

async function runTask(task: Task, tools: Tools): Promise<void> {
  const { client, stop } = tools;
  const facts = { taskId: task.id, attempt: task.attempt, videoId: task.videoId, kind: task.work.kind };
  const lease = holdLease(task, client, stop);
  const startedAt = Date.now();
  const cost: Cost = { cpuSeconds: 0, bytesFetched: 0 };
  log("info", "taskStarted", facts);
  let outcome: TaskOutcome | null = null;
  try {
    outcome = await workOn(task, tools, lease, cost);
  } catch (error) {
    if (!lease.signal.aborted) outcome = runnerFault(safeMessage(error));
  }
  const wallSeconds = (Date.now() - startedAt) / 1000;
  if (stop.aborted) {
    await tools.claims.left();
    await handBack(task, client);
    log("info", "taskHandedBack", facts);
  } else if (outcome === null || lease.signal.aborted) {
    log("warn", "leaseLost", facts);
  } else {
    const answer = await report(task, client, outcome, { ...cost, wallSeconds }, lease.signal).catch(
      () => null,
    );
    const { blame, code, message } = outcome.ok ? { blame: null, code: null, message: null } : outcome.reason;
    const ended = { ...facts, ...cost, wallSeconds, answer: answer?.kind ?? "none" };
    if (outcome.ok) log("info", "taskDone", ended);
    else log("warn", "taskFailed", { ...ended, blame, code, message });
  }
  await lease.release();
  const fatal = lease.fatal();
  if (fatal) throw fatal;
}

async function workOn(task: Task, tools: Tools, lease: Lease, cost: Cost): Promise<TaskOutcome> {
  const { signal } = lease;
  const { videoId, version, work } = task;
  const onFetched = (bytes: number) => {
    cost.bytesFetched += bytes;
  };
  const urls = objectUrls(task, tools.client);
  const sourceUrl = async (attempt: AbortSignal, refused?: string) => {
    try {
      return await urls.current(work.source, attempt, refused);
    } catch (error) {
      if (error instanceof NoUrl) lease.lose();
      throw error;
    }
  };
  return tools.workDir.withTaskDir((dir) =>
    tools.cache.withSource(
      { videoId, version, ...sourceOf(work), url: sourceUrl },
      signal,
      async (source) => {
        if (!source.ok) return source;
        const context: TaskContext = {
          dir,
          source: source.value,
          signal,
          cpus: tools.cpus,
          encoders: tools.encoders,
          progress: (share) => lease.progress(share),
          addCpuSeconds: (seconds) => {
            cost.cpuSeconds += seconds;
          },
          put: async (target, body) => {
            const stored = await putObject(target, body, signal, urls);
            if (stored.ok) return ok(null);
            if (stored.reason.kind === "leaseLost") lease.lose();
            return runnerFault(uploadRefusalText(stored.reason));
          },
          reportChunk: async (chunk) => accepted(await tools.client.reportChunk(task, chunk, signal), lease),
        };
        return doWork(work, context);
      },
      onFetched,
    ),
  );
}

function accepted(answer: ReportAnswer, lease: Lease): Result<null, TaskFailure> {
  switch (answer.kind) {
    case "accepted":
      return ok(null);
    case "leaseLost":
      lease.lose();
      return runnerFault("the lease was lost");
    case "refused":
      return runnerFault(`a chunk was refused: ${answer.detail}`);
  }
}

function report(
  task: Task,
  client: SchedulerClient,
  outcome: TaskOutcome,
  cost: Cost & { readonly wallSeconds: number },
  signal: AbortSignal,
): Promise<ReportAnswer> {
  if (outcome.ok) return client.complete(task, { result: outcome.value, ...cost }, signal);
  const { blame, code, message } = outcome.reason;
  return client.fail(task, { blame, code, message: message.slice(0, 2000) }, signal);
}

/** Short and once: whoever sent SIGTERM will not wait, and an unheard farewell only costs the lease's length. */
async function handBack(task: Task, client: SchedulerClient): Promise<void> {
  const failure = { blame: "handback", code: "encodeFailed", message: "The runner is stopping." } as const;
  await client.fail(task, failure, AbortSignal.timeout(farewellMs)).catch(() => null);
}
