// Sounds of their own files on the board. Each is a job beside those of videos: it reads the file, encodes it once, and is
// gone when its video has the sound or says why not.
import type { JobEnd } from "./advance.ts";
import { soundFailed, soundReady, type SoundName, type SoundOrder } from "./added-sound.ts";
import type { BoardContext } from "./board-context.ts";
import { jobIdOf, type Job } from "./job-rows.ts";
import { probeTask } from "./planned-tasks.ts";
import { builtInProfiles } from "./profile.ts";
import { storeInit } from "./publish.ts";
import { joinParts, storeIndex } from "./seal.ts";
import { addTask } from "./tasks.ts";

export interface SoundSubmission extends SoundName {
  readonly source: { readonly key: string; readonly sizeBytes: number };
  readonly order: SoundOrder;
  readonly creator: string | null;
}

/** Once, however often it is said. */
export function addSoundJob(context: BoardContext, submission: SoundSubmission): void {
  const { rows, state, nowMs } = context;
  const { videoId, version, order, creator } = submission;
  const id = `sound/${jobIdOf(videoId, version)}/${order.track}`;
  if (rows.job(id) !== null) return;
  const settings = {
    creator,
    priority: "normal",
    profile: builtInProfiles.standard,
    playsAlready: true,
  } as const;
  const source = { ...submission.source, sound: order };
  const job = { id, videoId, version, source, settings, submittedAtMs: nowMs() };
  state.storage.transactionSync(() => {
    rows.addJob(job);
    addTask(context, job, probeTask);
  });
}

/** Its share of what a job owes. `gone`: nothing of the board is needed any more, however it ended. */
export async function advanceSound(context: BoardContext, job: Job, order: SoundOrder): Promise<JobEnd> {
  const { env, rows, parts, nowMs } = context;
  const { videoId, version } = job;
  const name = { videoId, version, track: order.track };
  if (job.failed !== null) {
    await soundFailed(env, name, job.failed, nowMs());
    await env.MEDIA.delete(job.source.key);
    return "gone";
  }
  const isDone = rows.tasksOf(job.id).every(({ state }) => state.phase === "done");
  const track = parts.track(job.id, order.track);
  if (!isDone || track === null) return "working";
  if (!(await storeInit(env, job, order.track, track.init))) {
    rows.setFailed(job.id, { code: "encodeFailed", message: "Another sound of this name is stored." });
    return advanceSound(context, { ...job, failed: rows.job(job.id)?.failed ?? null }, order);
  }
  await storeIndex(env, job, order.track, joinParts(parts.partsOfTrack(job.id, order.track)));
  await soundReady(env, name, track.format, job.cpuSeconds, nowMs());
  // The video plays without it: its file is needed no more.
  await env.MEDIA.delete(job.source.key);
  return "gone";
}
