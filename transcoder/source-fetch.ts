// Brings a source to disk: ranges, a few at once, each repeated from where it broke. FFmpeg never sees a URL.
import { open, statfs, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { ok, type Result } from "#workers/result.ts";
import { NoRetry, retried, Unreachable } from "./http.ts";
import { runnerFault, sourceFault, type TaskFailure } from "./outcome.ts";

export interface PartialSource {
  readonly path: string;
  readonly sizeBytes: number;
  /** Windows that are on disk; kept when a fetch is aborted, so that the next one goes on. */
  readonly done: Set<number>;
  /** Of the first answer: all ranges must be of one object. */
  etag: string | null;
}

const windowBytes = 8 * 1024 * 1024;
const parallel = 3;
const timeoutMs = 60_000;
const giveUpAfterMs = 180_000;

export async function fetchSource(
  source: PartialSource,
  url: string,
  signal: AbortSignal,
): Promise<Result<null, TaskFailure>> {
  const disk = await statfs(dirname(source.path));
  if (source.sizeBytes > disk.blocks * disk.bsize) {
    const message = `The file has ${source.sizeBytes} bytes, the transcoder's disk ${disk.blocks * disk.bsize}.`;
    return sourceFault("sourceTooLarge", message);
  }
  const windows = Math.ceil(source.sizeBytes / windowBytes);
  const file = await open(source.path, source.done.size === 0 ? "w+" : "r+");
  try {
    let next = 0;
    // One that is refused stops the others.
    const stop = new AbortController();
    const all = AbortSignal.any([signal, stop.signal]);
    const take = async () => {
      while (next < windows) {
        const window = next++;
        if (source.done.has(window)) continue;
        await fetchWindow(source, file, window, url, all);
        source.done.add(window);
      }
    };
    const takers = Array.from({ length: parallel }, async () => {
      try {
        await take();
      } catch (error) {
        stop.abort(error);
        throw error;
      }
    });
    // All must have let go of the file before it is closed.
    const failed = (await Promise.allSettled(takers)).find((taker) => taker.status === "rejected");
    signal.throwIfAborted();
    if (failed) throw stop.signal.reason;
    return ok(null);
  } catch (error) {
    if (error instanceof Refused) return error.failure;
    if (error instanceof Unreachable) return runnerFault(`the source can't be fetched: ${error.message}`);
    throw error;
  } finally {
    await file.close();
  }
}

class Refused extends NoRetry {
  readonly failure: ReturnType<typeof sourceFault>;
  constructor(failure: ReturnType<typeof sourceFault>) {
    super(failure.reason.message);
    this.failure = failure;
  }
}

async function fetchWindow(
  source: PartialSource,
  file: FileHandle,
  window: number,
  url: string,
  signal: AbortSignal,
): Promise<void> {
  let at = window * windowBytes;
  const end = Math.min(source.sizeBytes, at + windowBytes);
  await retried({ signal, timeoutMs, giveUpAfterMs }, async (attempt) => {
    const headers = { Range: `bytes=${at}-${end - 1}` };
    const response = await fetch(url, { headers, signal: attempt, redirect: "error" });
    check(source, response, at);
    for await (const bytes of response.body ?? []) {
      if (at + bytes.length > end) throw new Error("more bytes than the range has");
      await file.write(bytes, 0, bytes.length, at);
      at += bytes.length;
    }
    if (at < end) throw new Error("the connection ended early");
  });
}

function check(source: PartialSource, response: Response, offset: number): void {
  const { status } = response;
  if (status === 404 || status === 410) {
    throw new Refused(sourceFault("sourceMissing", "The uploaded file is gone."));
  }
  // 403: the short-lived URL has expired; another attempt gets another.
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    throw new Refused(runnerFault(`the source was answered ${status}`));
  }
  if (status !== 206) throw new Error(`the source was answered ${status}`);
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "") ?? [];
  const etag = response.headers.get("ETag");
  source.etag ??= etag;
  if (Number(first) !== offset || Number(total) !== source.sizeBytes || etag !== source.etag) {
    throw new Refused(sourceFault("sourceMissing", "The uploaded file is not the one that was planned for."));
  }
}
