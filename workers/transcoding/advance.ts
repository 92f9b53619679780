// What a job owes the outside, done in order: texts, published chunks, the seal, or the failure. It may stop anywhere
// and be called again: what was done is done again without harm.
import { holdMinutes } from "#workers/quotas/store.ts";
import type { StoredImages } from "#workers/storage/stored-images.ts";
import { encodeChunkIndex } from "#workers/timeline/index-encode.ts";
import type { Fragments } from "#workers/timeline/timeline.ts";
import type { BoardContext } from "./board-context.ts";
import type { BoardTask } from "./board-rows.ts";
import { shownEnd, shownJob } from "./job-present.ts";
import type { Failed, Job } from "./job-rows.ts";
import { failVideo } from "./fail-video.ts";
import type { Plan } from "./plan.ts";
import { imagesMade } from "./plan-images.ts";
import { plannedFormats } from "./predicted-formats.ts";
import {
  publishChunk,
  sealVersion,
  sendPlanned,
  storeImages,
  storeInit,
  storeTexts,
  type Outcome,
} from "./publish.ts";
import { fragmentsOfPart, joinParts, keysOfVersion, removeStrays, storeIndex } from "./seal.ts";
import { advanceSound } from "./sound-jobs.ts";
import { firstTracksOf, trackIdsOf } from "./planned-tasks.ts";

/** `working`: more is to come from runners. The others end the job, and its rows may go. */
export type JobEnd = "working" | "ready" | "failed" | "gone";

export async function advance(context: BoardContext, job: Job): Promise<JobEnd> {
  const { env, rows, parts } = context;
  const { plan } = job;
  // Nothing of its video waits for a single picture, and nothing hangs on it.
  if (job.source.frame !== undefined) return isOver(rows.tasksOf(job.id)) ? "gone" : "working";
  if (job.source.sound !== undefined) return advanceSound(context, job, job.source.sound);
  if (job.failed !== null) {
    const nowMs = context.nowMs();
    await failVideo(env, job, job.failed, nowMs, { job: shownEnd(context, job, job.failed, nowMs) });
    return "failed";
  }
  if (plan === null) return "working";
  if (job.progressSentAtMs === 0) {
    const { videoId, settings } = job;
    const { durationSeconds: seconds } = plan;
    const film = { holdId: job.id, videoId, seconds, replaces: settings.replaces === true };
    if (!(await holdMinutes(env.DB, film, context.nowMs()))) {
      return failed(context, job, {
        code: "durationTooLong",
        message: "Its creator has no minutes left for it.",
      });
    }
    await sendPlanned(env, job, plan, shownJob(context, job), context.nowMs());
    rows.setProgressSent(job.id, context.nowMs());
  }
  const texts = parts.unstoredTexts(job.id);
  if (texts.length > 0) {
    await storeTexts(env, job, texts);
    parts.setTextsStored(job.id);
  }
  const tracks = trackIdsOf(plan);
  for (const { chunk, whole } of dueChunks(context, job, plan, tracks.length)) {
    if (!(await storeInits(context, job))) {
      return failed(context, job, {
        code: "encodeFailed",
        message: "Another encode of this version is stored.",
      });
    }
    if ((await publish(context, job, plan, chunk, whole)) === "gone") return "gone";
    if (whole) parts.setPublished(job.id, chunk);
    else parts.setBegun(job.id);
  }
  const tasks = rows.tasksOf(job.id);
  const images = imagesOf(plan, tasks);
  // A task is done when its chunks are accepted, and what was accepted is published by now.
  if (isOver(tasks)) return seal(context, job, tracks, images);
  if (images !== null) await storeImages(env, job, images);
  return "working";
}

function failed(context: BoardContext, job: Job, reason: Failed): Promise<JobEnd> {
  const { rows } = context;
  rows.setFailed(job.id, reason);
  return advance(context, { ...job, failed: rows.job(job.id)?.failed ?? reason });
}

function isOver(tasks: readonly BoardTask[]): boolean {
  return tasks.every(({ state }) => state.phase === "done" || state.phase === "dead");
}

interface DueChunk {
  readonly chunk: number;
  readonly whole: boolean;
}

/** Chunks of which viewers can be given more than they have. */
function dueChunks({ parts }: BoardContext, job: Job, plan: Plan, trackCount: number): readonly DueChunk[] {
  const due = parts.publishable(job.id, trackCount).map((chunk) => ({ chunk, whole: true }));
  const first = firstTracksOf(plan);
  const isOver = first === null || parts.hasBegun(job.id) || parts.isPublished(job.id, 0);
  if (isOver || due.some(({ chunk }) => chunk === 0)) return due;
  return first.every((track) => parts.part(job.id, track, 0) !== null)
    ? [{ chunk: 0, whole: false }, ...due]
    : due;
}

async function storeInits({ env, parts }: BoardContext, job: Job): Promise<boolean> {
  for (const { track, init } of parts.unstoredTracks(job.id)) {
    if (!(await storeInit(env, job, track, init))) return false;
    parts.setTrackStored(job.id, track);
  }
  return true;
}

/** All tracks that are accepted of the chunk; those of later chunks are not among them unless it is whole. */
async function publish(
  { env, parts, nowMs }: BoardContext,
  job: Job,
  plan: Plan,
  chunk: number,
  whole: boolean,
): Promise<Outcome> {
  const offered = whole ? trackIdsOf(plan) : (firstTracksOf(plan) ?? []);
  const accepted = parts.partsOfChunk(job.id, chunk);
  const inOrder = offered.flatMap((track) => accepted.filter((part) => part.track === track));
  const stored = new Map(parts.tracks(job.id).map(({ track, format }) => [track, format]));
  const formats = plannedFormats(plan).map((planned) => stored.get(planned.id) ?? planned);
  const index = encodeChunkIndex(
    inOrder.map((part) => ({ track: part.track, fragments: fragmentsOfPart(part) })),
  );
  return publishChunk(env, job, plan, formats, { chunk, index, whole }, nowMs());
}

async function seal(
  context: BoardContext,
  job: Job,
  trackIds: readonly string[],
  images: StoredImages | null,
): Promise<JobEnd> {
  const { env, parts, nowMs } = context;
  const tracks = new Map<string, Fragments>();
  for (const track of trackIds) {
    const fragments = joinParts(parts.partsOfTrack(job.id, track));
    await storeIndex(env, job, track, fragments);
    tracks.set(track, fragments);
  }
  const end = shownEnd(context, job, null, nowMs());
  if ((await sealVersion(env, job, images, job.cpuSeconds, end, nowMs())) === "gone") return "gone";
  await removeStrays(env, job, keysOfVersion(job, tracks, images, parts.texts(job.id)));
  return "ready";
}

/** A video without a poster is still a video: an images task that was given up leaves none. */
function imagesOf({ images, video }: Plan, tasks: readonly BoardTask[]): StoredImages | null {
  const task = tasks.find(({ kind, state }) => kind === "images" && state.phase === "done");
  if (images === null || task === undefined) return null;
  return imagesMade(images, video?.deinterlace === true, task.state.attempt);
}
