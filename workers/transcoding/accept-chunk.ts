// A reported chunk against the plan, the stored objects, and what was accepted before.
import type { Env } from "#workers/env.ts";
import { log } from "#workers/http/log.ts";
import { readInit } from "#workers/packaging/cmaf/init.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { chunkKey } from "#workers/storage/keys.ts";
import { encodeChunkIndex } from "#workers/timeline/index-encode.ts";
import {
  findTask,
  leaseLost,
  oweEffects,
  unprocessable,
  type BoardContext,
  type RpcResult,
} from "./board-context.ts";
import type { BoardTask } from "./board-rows.ts";
import type { Job } from "./job-rows.ts";
import { deliver, holds } from "./board.ts";
import { checkTrack, formatOf, sizeBytesOf } from "./check-report.ts";
import type { ChunkReport, ChunkTrack } from "./contract.ts";
import type { Part, PartRows, StoredTrack } from "./part-rows.ts";
import type { Plan } from "./plan.ts";
import { sameBytes } from "./publish.ts";
import { tracksOfTask } from "./planned-tasks.ts";

export async function acceptChunk(
  context: BoardContext,
  taskId: string,
  report: ChunkReport,
): Promise<RpcResult> {
  const { env, state, rows, parts, nowMs } = context;
  const before = findTask(context, taskId);
  if (before === null || before.job.plan === null) return leaseLost;
  // Said again after a lost answer: it is true whoever holds the task by now.
  if (isAccepted(parts, before.job, before.job.plan, before.task, report.chunk)) return ok(null);
  if (!holds(before.task.state, report.attempt)) return leaseLost;
  const objects = await checkObjects(env, before.job, report);

  // Anything may have happened meanwhile. From here to the commit nothing can.
  const found = findTask(context, taskId);
  if (found === null || found.job.plan === null) return leaseLost;
  const { task, job } = found;
  if (isAccepted(parts, job, found.job.plan, task, report.chunk)) return ok(null);
  if (!holds(task.state, report.attempt)) return leaseLost;
  const accepted = objects.ok ? checkReport(parts, job, found.job.plan, task, report) : objects;
  if (!accepted.ok) {
    log("warn", "transcoding.chunkRefused", { taskId, chunk: report.chunk, detail: accepted.reason });
    return unprocessable(accepted.reason);
  }
  const delivered = deliver(task.state, report.attempt, nowMs());
  if (!delivered.ok) return leaseLost;
  state.storage.transactionSync(() => {
    for (const { track, part } of accepted.value) {
      parts.addTrack(job.id, track);
      parts.addPart(job.id, part);
    }
    rows.setTask(taskId, delivered.value);
    oweEffects(context, job.id);
  });
  return ok(null);
}

/** Were all of the report's chunk accepted before? */
function isAccepted(parts: PartRows, job: Job, plan: Plan, task: BoardTask, chunk: number): boolean {
  const tracks = tracksOfTask(plan, task);
  return tracks.length > 0 && tracks.every((track) => parts.part(job.id, track, chunk) !== null);
}

/** What was uploaded must be what is reported, to the byte: a chunk is read by offsets for ever after. */
async function checkObjects(env: Env, job: Job, report: ChunkReport): Promise<Result<null, string>> {
  const { videoId, version } = job;
  const { chunk, attempt } = report;
  const heads = await Promise.all(
    report.tracks.map(({ track }) => env.MEDIA.head(chunkKey({ videoId, version, track, chunk, attempt }))),
  );
  for (const [index, reported] of report.tracks.entries()) {
    const stored = heads[index]?.size;
    const sizeBytes = sizeBytesOf(reported);
    if (stored === undefined) return refuse(`track ${reported.track} was not uploaded`);
    if (stored !== sizeBytes)
      return refuse(`track ${reported.track} has ${stored} bytes, ${sizeBytes} are reported`);
  }
  return ok(null);
}

interface AcceptedTrack {
  readonly track: StoredTrack;
  readonly part: Part;
}

function checkReport(
  parts: PartRows,
  job: Job,
  plan: Plan,
  task: BoardTask,
  report: ChunkReport,
): Result<readonly AcceptedTrack[], string> {
  const chunk = plan.chunks.find((candidate) => candidate.chunk === report.chunk);
  if (chunk === undefined || (task.kind === "video" && task.chunk !== report.chunk)) {
    return refuse(`chunk ${report.chunk} is not in the task`);
  }
  const expected = tracksOfTask(plan, task);
  const given = report.tracks.map(({ track }) => track);
  if (given.length !== expected.length || !expected.every((track) => given.includes(track))) {
    return refuse(`tracks ${given.join(", ")} are reported where ${expected.join(", ")} are planned`);
  }
  const accepted: AcceptedTrack[] = [];
  for (const reported of report.tracks) {
    const track = trackOf(parts, job, plan, reported);
    if (!track.ok) return track;
    const fragments = checkTrack(plan, chunk, track.value.format, reported, report.attempt);
    if (!fragments.ok) return fragments;
    accepted.push({
      track: track.value,
      part: {
        track: reported.track,
        chunk: report.chunk,
        attempt: report.attempt,
        index: encodeChunkIndex([{ track: reported.track, fragments: fragments.value }]),
      },
    });
  }
  return ok(accepted);
}

/** The first accepted init segment is the track's; every later chunk must decode with it. */
function trackOf(parts: PartRows, job: Job, plan: Plan, reported: ChunkTrack): Result<StoredTrack, string> {
  const init = fromBase64(reported.initBase64);
  if (init === null) return refuse(`track ${reported.track}: the init segment is not base64`);
  const first = parts.track(job.id, reported.track);
  if (first !== null) {
    return sameBytes(first.init, init)
      ? ok(first)
      : refuse(`track ${reported.track}: its init segment is another`);
  }
  const facts = readInit(init);
  if (!facts.ok)
    return refuse(`track ${reported.track}: the init segment can't be read: ${facts.reason.kind}`);
  const format = formatOf(plan, reported.track, facts.value);
  return format.ok ? ok({ track: reported.track, init, format: format.value }) : format;
}

function fromBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
