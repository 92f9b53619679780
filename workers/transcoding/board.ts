// The rules of the task board, pure. A task is always in exactly one phase; a claim gives it a new attempt
// number, and whatever is said in the name of another attempt is refused. The scheduler keeps the rows.
import { ok, refuse, type Result } from "#workers/result.ts";
import type { Failure, Work } from "./contract.ts";

export type TaskKind = Work["kind"];

export interface TaskState {
  readonly phase: "ready" | "leased" | "done" | "dead";
  /** Counts claims, so it names the objects of one lease and of no other. 0 before the first. */
  readonly attempt: number;
  /** Leases that a runner ended by saying that it failed. A task handed back in order has not failed. */
  readonly failures: number;
  /** Leases that ran out unheard. A runner that is killed takes all its leases with it, whoever's fault it was. */
  readonly lapses: number;
  /** `ready`: not to be claimed before. `leased`: the lease ends. Else 0. */
  readonly dueAtMs: number;
  /** Results not accepted yet: chunks of a video or audio task, 1 for the others. */
  readonly undelivered: number;
}

export type BoardRefusal = "leaseLost";

export const leaseSeconds = 30;
export const maxFailures = 4;
/** More than failures: deploys, evictions and power cuts say nothing about a task. A file that kills its runner ends here. */
export const maxLapses = 10;
const backOffMs = [2_000, 8_000];
const longestBackOffMs = 30_000;

export function newTask(undelivered: number): TaskState {
  return { phase: "ready", attempt: 0, failures: 0, lapses: 0, dueAtMs: 0, undelivered };
}

export function isClaimable(task: TaskState, nowMs: number): boolean {
  return task.phase === "ready" && task.dueAtMs <= nowMs;
}

export function claim(task: TaskState, nowMs: number): TaskState {
  if (!isClaimable(task, nowMs)) throw new Error(`a task in phase ${task.phase} can't be claimed`);
  return { ...task, phase: "leased", attempt: task.attempt + 1, dueAtMs: nowMs + leaseSeconds * 1000 };
}

/** The fence. A lease that ran out is still held until it is taken away: the work is not lost for a late beat. */
export function holds(task: TaskState, attempt: number): boolean {
  return task.phase === "leased" && task.attempt === attempt;
}

export function heartbeat(task: TaskState, attempt: number, nowMs: number): Result<TaskState, BoardRefusal> {
  if (!holds(task, attempt)) return refuse("leaseLost");
  return ok({ ...task, dueAtMs: nowMs + leaseSeconds * 1000 });
}

/** One result of the task was accepted. Being heard from renews the lease. */
export function deliver(task: TaskState, attempt: number, nowMs: number): Result<TaskState, BoardRefusal> {
  if (!holds(task, attempt)) return refuse("leaseLost");
  if (task.undelivered === 0) throw new Error("everything was delivered before");
  return ok({ ...task, undelivered: task.undelivered - 1, dueAtMs: nowMs + leaseSeconds * 1000 });
}

/** Said again after a lost answer, it is still true. */
export function complete(task: TaskState, attempt: number): Result<TaskState, BoardRefusal | "incomplete"> {
  if (task.phase === "done" && task.attempt === attempt) return ok(task);
  if (!holds(task, attempt)) return refuse("leaseLost");
  if (task.undelivered > 0) return refuse("incomplete");
  return ok(done(task));
}

export function fail(
  task: TaskState,
  attempt: number,
  blame: Failure["blame"],
  nowMs: number,
): Result<TaskState, BoardRefusal> {
  if (!holds(task, attempt)) return refuse("leaseLost");
  if (task.undelivered === 0) return ok(done(task));
  switch (blame) {
    case "handback":
      return ok({ ...task, phase: "ready", dueAtMs: nowMs });
    case "runner":
      return ok(again({ ...task, failures: task.failures + 1 }, nowMs));
    case "source":
      return ok({ ...task, phase: "dead", failures: task.failures + 1, dueAtMs: 0 });
  }
}

/** The runner was not heard from. A task that only missed its last word is done. */
export function expire(task: TaskState, nowMs: number): TaskState {
  if (task.phase !== "leased" || task.dueAtMs > nowMs) return task;
  return task.undelivered === 0 ? done(task) : again({ ...task, lapses: task.lapses + 1 }, nowMs);
}

function done(task: TaskState): TaskState {
  return { ...task, phase: "done", dueAtMs: 0 };
}

function again(task: TaskState, nowMs: number): TaskState {
  if (task.failures >= maxFailures || task.lapses >= maxLapses) return { ...task, phase: "dead", dueAtMs: 0 };
  const waitMs = backOffMs[task.failures + task.lapses - 1] ?? longestBackOffMs;
  return { ...task, phase: "ready", dueAtMs: nowMs + waitMs };
}
