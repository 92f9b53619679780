import type { Env } from "#workers/env.ts";
import type { JobProgress } from "./progress.ts";

/** Of a video that is being encoded, or whose encoding failed; null when the board has nothing of it. */
export async function jobProgress(env: Env, videoId: string): Promise<JobProgress | null> {
  const job = await env.SCHEDULER.getByName("board").job(videoId, false);
  if (job === null) return null;
  const { percent, etaSeconds, tasks } = job.summary;
  return { percent, etaSeconds, tasks };
}
