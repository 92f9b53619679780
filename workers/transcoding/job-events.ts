// What is told of a job's end, in the commit of what it means for the video.
import { emitted } from "#workers/events/emit.ts";
import type { Outgoing } from "#workers/outbox/outbox.ts";
import type { EndedJob } from "./job-present.ts";

/** A file that kills its runners can have as many as chunks: the first ones tell enough. */
const mostDeadTasksTold = 20;

/** Behind the event of the video in its batch. */
export function endOfJob(db: D1Database, job: EndedJob, nowMs: number): readonly Outgoing[] {
  const { state } = job;
  const end =
    state === "failed"
      ? ({ type: "job.failed", data: { ...job, state } } as const)
      : ({ type: "job.completed", data: { ...job, state } } as const);
  return [
    ...job.deadTasks
      .slice(0, mostDeadTasksTold)
      .map((task) => emitted(db, { type: "task.dead", data: { ...job, task } }, nowMs)),
    emitted(db, end, nowMs),
  ];
}
