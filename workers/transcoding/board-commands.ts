// What a person asks of the board: pause, resume, cancel, requeue. Each may be said again.
import { ok, refuse, type Result } from "#workers/result.ts";
import { oweEffects, type BoardContext } from "./board-context.ts";
import { isOfVersion, type Job } from "./job-rows.ts";
import { noteEvent } from "./untold-events.ts";

export type BoardCommand =
  | { readonly kind: "pauseBoard" | "resumeBoard" }
  | { readonly kind: "pause" | "resume" | "cancel" | "requeue"; readonly videoId: string };

/** `unknown`: the board has no job of the video. */
export type CommandRefusal = "unknown" | "notRunning" | "notFailed" | "sourceGone";

export type CommandResult = Result<null, CommandRefusal>;

/** What it changes in D1 and R2 is owed: the caller drives the job that is named. */
export async function obey(context: BoardContext, command: BoardCommand): Promise<CommandResult> {
  const { figures } = context;
  switch (command.kind) {
    case "pauseBoard":
    case "resumeBoard":
      figures.set("paused", command.kind === "pauseBoard" ? 1 : 0);
      return ok(null);
    case "pause":
    case "resume":
    case "cancel":
    case "requeue": {
      const job = newestJob(context, command.videoId);
      return job === null ? refuse("unknown") : obeyForJob(context, command.kind, job);
    }
  }
}

export function newestJob({ rows }: BoardContext, videoId: string): Job | null {
  return rows.jobsOf(videoId).findLast((job) => isOfVersion(job.source)) ?? null;
}

async function obeyForJob(
  context: BoardContext,
  kind: "pause" | "resume" | "cancel" | "requeue",
  job: Job,
): Promise<CommandResult> {
  const { env, rows, state } = context;
  switch (kind) {
    case "pause":
    case "resume":
      if (job.failed !== null) return refuse("notRunning");
      if (job.paused === (kind === "pause")) return ok(null);
      state.storage.transactionSync(() => {
        rows.setPaused(job.id, kind === "pause");
        noteEvent(context, job.id, kind === "pause" ? "job.paused" : "job.resumed");
      });
      return ok(null);
    case "cancel":
      if (job.failed !== null) return refuse("notRunning");
      state.storage.transactionSync(() => {
        rows.setFailed(job.id, { code: "encodeCancelled", message: "The encode was cancelled." });
        oweEffects(context, job.id);
      });
      return ok(null);
    case "requeue": {
      if (job.reviving) return ok(null);
      if (job.endedAtMs === null) return refuse("notFailed");
      if ((await env.MEDIA.head(job.source.key)) === null) return refuse("sourceGone");
      // Erased or taken up by another call meanwhile.
      const now = rows.job(job.id);
      if (now === null) return refuse("unknown");
      if (now.endedAtMs === null || now.reviving) return ok(null);
      state.storage.transactionSync(() => {
        rows.setReviving(job.id);
        oweEffects(context, job.id);
      });
      return ok(null);
    }
  }
}

/** The video says again that it is being worked on: so do the job and its tasks, from where they stood. */
export function reviveJob(context: BoardContext, job: Job): void {
  const { rows, parts, state } = context;
  state.storage.transactionSync(() => {
    rows.revive(job.id, job.plan === null);
    parts.unpublish(job.id);
    noteEvent(context, job.id, "job.requeued");
  });
}
