// Brings a source to disk: the bytes that are wanted, a few ranges at once, each repeated from where it broke. The
// rest of the file stays a hole. FFmpeg never sees a URL.
import { constants } from "node:fs";
import { open, statfs, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { ok, type Result } from "#workers/result.ts";
import type { ByteSet, Interval } from "./byte-set.ts";
import { NoRetry, retried, Unreachable } from "./http.ts";
import { runnerFault, sourceFault, type TaskFailure } from "./outcome.ts";

export interface PartialSource {
  readonly path: string;
  readonly sizeBytes: number;
  /** What is on disk; kept when a fetch is aborted, so that the next one goes on. */
  readonly have: ByteSet;
  /** Fetches of other tasks that are under way: nobody asks for the same bytes twice. */
  readonly underWay: Set<Fetching>;
  /** Of the first answer: all ranges must be of one object. */
  etag: string | null;
}

interface Fetching extends Interval {
  readonly ended: Promise<unknown>;
}

/** A URL that is good now. `refused`: this one was answered 403. */
export type FreshUrl = (signal: AbortSignal, refused?: string) => Promise<string>;
/** A text: it is good as long as it is needed. */
export type SourceUrl = string | FreshUrl;

const windowBytes = 8 * 1024 * 1024;
const parallel = 3;
const timeoutMs = 60_000;
const giveUpAfterMs = 180_000;

/** Resolves to the bytes that this call fetched, when all of `wanted` is there, whoever brought it. */
export async function fetchSource(
  source: PartialSource,
  url: SourceUrl,
  wanted: readonly Interval[],
  signal: AbortSignal,
): Promise<Result<number, TaskFailure>> {
  const disk = await statfs(dirname(source.path));
  const wantedBytes = wanted.reduce((sum, { from, to }) => sum + to - from, 0);
  if (wantedBytes > disk.blocks * disk.bsize) {
    const message = `The file has ${wantedBytes} bytes, the transcoder's disk ${disk.blocks * disk.bsize}.`;
    return sourceFault("sourceTooLarge", message);
  }
  if (wanted.every((interval) => source.have.missing(interval).length === 0)) return ok(0);
  // Never emptied: another task may be reading it.
  const file = await open(source.path, constants.O_RDWR | constants.O_CREAT);
  let fetchedBytes = 0;
  try {
    await file.truncate(source.sizeBytes);
    for (;;) {
      signal.throwIfAborted();
      const windows = freeWindows(source, wanted);
      if (windows.length > 0) {
        const onBytes = (count: number) => (fetchedBytes += count);
        await fetchWindows(source, file, windows, url, signal, onBytes);
        continue;
      }
      const others = [...source.underWay].filter((other) => wanted.some((one) => overlaps(one, other)));
      if (others.length === 0) return ok(fetchedBytes);
      await Promise.race(others.map(({ ended }) => ended));
    }
  } catch (error) {
    if (error instanceof Refused) return error.failure;
    if (error instanceof Unreachable) return runnerFault(`the source can't be fetched: ${error.message}`);
    throw error;
  } finally {
    await file.close();
  }
}

const overlaps = (a: Interval, b: Interval) => a.from < b.to && b.from < a.to;

/** Missing, and fetched by nobody yet. */
function freeWindows({ have, underWay }: PartialSource, wanted: readonly Interval[]): readonly Interval[] {
  const windows: Interval[] = [];
  for (const gap of wanted.flatMap((interval) => have.missing(interval))) {
    for (let from = gap.from; from < gap.to; from += windowBytes) {
      const window = { from, to: Math.min(gap.to, from + windowBytes) };
      if (![...underWay].some((other) => overlaps(window, other))) windows.push(window);
    }
  }
  return windows;
}

async function fetchWindows(
  source: PartialSource,
  file: FileHandle,
  windows: readonly Interval[],
  url: SourceUrl,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<void> {
  let next = 0;
  // One that is refused stops the others.
  const stop = new AbortController();
  const all = AbortSignal.any([signal, stop.signal]);
  const take = async () => {
    for (let window = windows[next++]; window && !all.aborted; window = windows[next++]) {
      // Somebody else may have taken it, or part of it, since the list was made: the next round sees what is left.
      const taken = window;
      if (source.have.missing(taken).length === 0) continue;
      if ([...source.underWay].some((other) => overlaps(taken, other))) continue;
      const work = fetchWindow(source, file, taken, url, all, onBytes);
      const entry: Fetching = { ...taken, ended: work.catch(() => undefined) };
      source.underWay.add(entry);
      await work.finally(() => source.underWay.delete(entry));
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
  const failed = (await Promise.allSettled(takers)).some((taker) => taker.status === "rejected");
  signal.throwIfAborted();
  if (failed) throw stop.signal.reason;
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
  window: Interval,
  url: SourceUrl,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<void> {
  let at = window.from;
  await retried({ signal, timeoutMs, giveUpAfterMs }, async (attempt) => {
    const headers = { Range: `bytes=${at}-${window.to - 1}` };
    const fresh = typeof url === "string" ? () => Promise.resolve(url) : url;
    const current = await fresh(attempt);
    let response = await fetch(current, { headers, signal: attempt, redirect: "error" });
    if (response.status === 403) {
      await response.body?.cancel();
      const next = await fresh(attempt, current);
      if (next !== current) response = await fetch(next, { headers, signal: attempt, redirect: "error" });
    }
    check(source, response, at);
    for await (const bytes of response.body ?? []) {
      if (at + bytes.length > window.to) throw new Error("more bytes than the range has");
      await file.write(bytes, 0, bytes.length, at);
      source.have.add({ from: at, to: at + bytes.length });
      at += bytes.length;
      onBytes(bytes.length);
    }
    if (at < window.to) throw new Error("the connection ended early");
  });
}

function check(source: PartialSource, response: Response, offset: number): void {
  const { status } = response;
  if (status === 404 || status === 410) {
    throw new Refused(sourceFault("sourceMissing", "The uploaded file is gone."));
  }
  // 403: not even a new URL is good.
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
