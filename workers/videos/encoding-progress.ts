// What the task board says of a video. It is asked only while there is something to ask for, and not for long: a video
// can be shown without.
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { jobProgress } from "#workers/transcoding/job-progress.ts";
import type { JobProgress } from "#workers/transcoding/progress.ts";
import type { VideoRow } from "./present.ts";

const longestMs = 1_000;

export async function progressOf(env: Env, { id, state }: VideoRow): Promise<JobProgress | null> {
  if (state !== "uploaded" && state !== "processing") return null;
  const timeout = AbortSignal.timeout(longestMs);
  const tooLate = new Promise<null>((resolve) => {
    timeout.addEventListener("abort", () => resolve(null));
  });
  try {
    return await Promise.race([jobProgress(env, id), tooLate]);
  } catch (error) {
    logError("video.progressUnknown", error, { videoId: id });
    return null;
  }
}
