// What the parts of the scheduler share. Rows are changed synchronously, so between two awaits nothing moves.
import type { Env } from "#workers/env.ts";
import { count } from "#workers/metrics/count.ts";
import { refuse, type Result } from "#workers/result.ts";
import { BoardRows, type BoardTask } from "./board-rows.ts";
import type { Job } from "./job-rows.ts";
import { ClaimQueue } from "./claim-queue.ts";
import { Figures } from "./figures.ts";
import { Heartbeats } from "./heartbeats.ts";
import { PartRows } from "./part-rows.ts";

export interface BoardContext {
  readonly env: Env;
  readonly state: DurableObjectState;
  readonly rows: BoardRows;
  readonly parts: PartRows;
  readonly queue: ClaimQueue;
  readonly figures: Figures;
  readonly beats: Heartbeats;
  readonly nowMs: () => number;
}

export function boardContext(state: DurableObjectState, env: Env, nowMs: () => number): BoardContext {
  const { sql } = state.storage;
  const rows = new BoardRows(sql);
  const figures = new Figures(sql);
  const queue = new ClaimQueue(sql, figures);
  return { env, state, rows, parts: new PartRows(sql), queue, figures, beats: new Heartbeats(rows), nowMs };
}

export type RpcRefusal =
  { readonly code: "leaseLost" } | { readonly code: "unprocessable"; readonly detail: string };

/** What a runner is told: accepted, or why not. */
export type RpcResult = Result<null, RpcRefusal>;

export const leaseLost = refuse({ code: "leaseLost" } as const);
export const unprocessable = (detail: string) => refuse({ code: "unprocessable", detail } as const);

export interface FoundTask {
  readonly task: BoardTask;
  readonly job: Job;
}

export function findTask({ rows }: BoardContext, taskId: string): FoundTask | null {
  const task = rows.task(taskId);
  const job = task && rows.job(task.jobId);
  return task && job ? { task, job } : null;
}

/** A call that owes the outside something does it at once; if it does not live to, the alarm does. */
const effectsGraceMs = 10_000;

export function oweEffects({ rows, nowMs }: BoardContext, jobId: string): void {
  rows.owe(jobId, nowMs() + effectsGraceMs);
}

export type TaskOutcome = "completed" | "failed" | "expired" | "handedBack";

export function countTask({ env, state }: BoardContext, task: BoardTask, outcome: TaskOutcome): void {
  count(env, state, "transcoding_tasks_total", { kind: task.kind, outcome });
}
