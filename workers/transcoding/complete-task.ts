// The last word on a task. Chunks were reported one by one before; a probe and the pictures are delivered here.
import { ok } from "#workers/result.ts";
import { frameKey, subtitlesKey } from "#workers/storage/keys.ts";
import { imageKeys } from "#workers/storage/stored-images.ts";
import {
  countTask,
  findTask,
  leaseLost,
  oweEffects,
  unprocessable,
  type BoardContext,
  type RpcResult,
} from "./board-context.ts";
import type { Job } from "./job-rows.ts";
import { complete, deliver } from "./board.ts";
import type { Completion } from "./contract.ts";
import type { Text } from "./part-rows.ts";
import { textOrder } from "./seal.ts";
import { imagesMade } from "./plan-images.ts";
import { planJob } from "./tasks.ts";

export async function completeTask(
  context: BoardContext,
  taskId: string,
  { attempt, result, cpuSeconds }: Completion,
): Promise<RpcResult> {
  const before = findTask(context, taskId);
  if (before === null) return leaseLost;
  const { kind } = before.task;
  if (result.kind !== (kind === "video" || kind === "audio" ? "chunks" : kind)) {
    return unprocessable(`the task is ${kind}`);
  }
  if (result.kind === "images" && !(await imagesStored(context, before.job, attempt))) {
    return unprocessable("the pictures were not uploaded");
  }
  if (result.kind === "frame" && !(await frameStored(context, before.job))) {
    return unprocessable("the picture was not uploaded");
  }
  const texts = result.kind === "subtitles" ? textsOf(before.job, result.streams, attempt) : [];
  if (!(await textsStored(context, before.job, texts))) return unprocessable("a text was not uploaded");

  const found = findTask(context, taskId);
  if (found === null) return leaseLost;
  const { task, job } = found;
  // Said again after a lost answer.
  if (task.state.phase === "done" && task.state.attempt === attempt) return ok(null);
  const delivered = result.kind === "chunks" ? ok(task.state) : deliver(task.state, attempt, context.nowMs());
  if (!delivered.ok) return leaseLost;
  const completed = complete(delivered.value, attempt);
  if (!completed.ok) {
    return completed.reason === "leaseLost" ? leaseLost : unprocessable("not every chunk was reported");
  }
  context.state.storage.transactionSync(() => {
    context.rows.setTask(taskId, completed.value);
    context.rows.addCpuSeconds(job.id, cpuSeconds);
    if (result.kind === "probe") planJob(context, job, result.probe);
    for (const text of texts) context.parts.addText(job.id, text);
    oweEffects(context, job.id);
  });
  countTask(context, task, "completed");
  return ok(null);
}

async function frameStored({ env }: BoardContext, { videoId, version, source }: Job): Promise<boolean> {
  if (source.frame === undefined) return false;
  return (await env.MEDIA.head(frameKey(videoId, version, source.frame))) !== null;
}

async function imagesStored(
  { env }: BoardContext,
  { videoId, version, plan }: Job,
  attempt: number,
): Promise<boolean> {
  const images = plan?.images ? imagesMade(plan.images, plan.video?.deinterlace === true, attempt) : null;
  if (images === null) return false;
  const keys = imageKeys(videoId, version, images);
  const heads = await Promise.all(keys.map((key) => env.MEDIA.head(key)));
  return heads.every((head) => head !== null);
}

/** Of the streams that held text. What is not in the plan is nothing that could be kept. */
function textsOf({ plan }: Job, streams: readonly number[], attempt: number): readonly Text[] {
  return (plan?.subtitles?.streams ?? [])
    .filter(({ streamIndex }) => streams.includes(streamIndex))
    .map((planned) => ({ ...planned, attempt }));
}

async function textsStored(
  { env }: BoardContext,
  { videoId, version }: Job,
  texts: readonly Text[],
): Promise<boolean> {
  const heads = await Promise.all(
    texts.map(({ id, attempt }) => env.MEDIA.head(subtitlesKey(videoId, version, textOrder(id), attempt))),
  );
  return heads.every((head) => head !== null);
}
