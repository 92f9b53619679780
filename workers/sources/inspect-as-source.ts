// Can a file that has just arrived be played as it is? When it can, all that playing it needs is put in the bucket;
// the rows that say so are for the caller to commit with the end of the upload. Whatever goes wrong here is a reason to
// wait for the first rendition, never one to fail an upload.
import type { Env } from "#workers/env.ts";
import { log, logError } from "#workers/http/log.ts";
import { readSource } from "#workers/packaging/source/read-source.ts";
import type { SourceTimeline, Unfit } from "#workers/packaging/source/source.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { sourceVersionOf } from "#workers/timeline/version-numbers.ts";
import { FileNotRead, fileReader, type FileFacts } from "./file-reader.ts";
import { storeSource } from "./store-source.ts";

export interface ArrivedFile {
  readonly videoId: string;
  /** Of the ladder that is made of the file; its own is the one before. */
  readonly version: number;
  readonly objectKey: string;
}

export interface Inspected {
  /** Null: there is no such object. */
  readonly file: FileFacts | null;
  /** The file's own timeline, all of whose objects are stored; or why it has to wait. */
  readonly timeline: Result<SourceTimeline, Unfit>;
}

const longestMs = 8_000;
/** Of an uploaded file's tracks a session names so many. */
const mostTracks = 8;

const notInspected: Unfit = { code: "notInspected", message: "The file could not be looked at in time." };

type MayLast = (durationSeconds: number) => boolean | Promise<boolean>;

/** `mayLast`: whether a file that lasts so long is wanted at all. Nothing is stored of one that is not. */
export async function inspectAsSource(
  env: Env,
  arrived: ArrivedFile,
  nowMs: number,
  mayLast: MayLast = () => true,
): Promise<Inspected> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), longestMs);
  let file: FileFacts | null = null;
  try {
    const object = await env.MEDIA.head(arrived.objectKey);
    if (object === null) return { file, timeline: refuse(notInspected) };
    file = { sizeBytes: object.size, etag: object.etag };
    const timeline = await Promise.race([
      inspect(env, arrived, file, mayLast, stop.signal),
      overdue(stop.signal),
    ]);
    const outcome = timeline.ok ? "playable" : timeline.reason.code;
    log("info", "source.inspected", { videoId: arrived.videoId, outcome, tookMs: Date.now() - nowMs });
    return { file, timeline };
  } catch (error) {
    const reason = error instanceof FileNotRead ? error.message : notInspected.message;
    if (!(error instanceof FileNotRead))
      logError("source.inspectFailed", error, { videoId: arrived.videoId });
    return { file, timeline: refuse({ ...notInspected, message: reason }) };
  } finally {
    clearTimeout(timer);
  }
}

async function inspect(
  env: Env,
  { videoId, version, objectKey }: ArrivedFile,
  file: FileFacts,
  mayLast: MayLast,
  signal: AbortSignal,
): Promise<Result<SourceTimeline, Unfit>> {
  const read = await readSource(fileReader(env.MEDIA, objectKey, file, signal));
  if (!read.ok) return read;
  if (!(await mayLast(read.value.durationSeconds))) {
    return refuse({ code: "durationTooLong", message: "The file lasts longer than is allowed." });
  }
  const timeline = { ...read.value, tracks: read.value.tracks.slice(0, mostTracks) };
  if (timeline.tracks.length === 0) return refuse({ code: "noMedia", message: "The file has no tracks." });
  await storeSource(env.MEDIA, { videoId, version: sourceVersionOf(version) }, timeline);
  return ok(timeline);
}

function overdue(signal: AbortSignal): Promise<Result<never, Unfit>> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(refuse(notInspected))));
}
