// Single pictures that somebody asked for, to the frame. Each is a job of its own beside those of videos: it has one
// task, changes nothing of its video, and is gone when the picture is stored.
import type { FrameFacts } from "#workers/storage/stored-images.ts";
import { frameKey } from "#workers/storage/keys.ts";
import type { BoardContext } from "./board-context.ts";
import type { JobSource } from "./job-rows.ts";
import { newTask } from "./board.ts";
import type { PictureSize } from "#workers/storage/stored-images.ts";
import { builtInProfiles } from "./profile.ts";
import { addTask } from "./tasks.ts";

/** What a `frame` task is made of, kept with its job. */
export interface FrameOrder extends FrameFacts, PictureSize {
  readonly atMs: number;
}

export interface FrameRequest {
  readonly videoId: string;
  readonly version: number;
  readonly source: Omit<JobSource, "frame">;
  readonly frame: FrameOrder;
}

/** Whoever may watch may ask, so a video has this many waiting at once and no more. */
const mostOpenFrames = 8;
const prefix = "frame/";

export const isFrameJob = (jobId: string) => jobId.startsWith(prefix);

/** The same picture asked for again is one request. */
export function requestFrame(
  context: BoardContext,
  { videoId, version, source, frame }: FrameRequest,
): "waiting" | "tooMany" {
  const { rows, state, nowMs } = context;
  const id = prefix + frameKey(videoId, version, frame);
  if (rows.job(id) !== null) return "waiting";
  const open = rows.jobsOf(videoId).filter((job) => isFrameJob(job.id)).length;
  if (open >= mostOpenFrames) return "tooMany";
  const settings = {
    creator: null,
    priority: "high",
    profile: builtInProfiles.standard,
    playsAlready: true,
  } as const;
  const job = { id, videoId, version, source: { ...source, frame }, settings, submittedAtMs: nowMs() };
  const task = { kind: "frame", chunk: 0, track: "", lane: 0, rank: 0, weight: 0.01, needs: [] } as const;
  state.storage.transactionSync(() => {
    rows.addJob(job);
    addTask(context, job, { ...task, state: newTask(1) });
  });
  return "waiting";
}
