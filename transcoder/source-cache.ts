// Sources on disk, kept from task to task: the chunks of one video mostly come to the same runner. Of a source only
// what its tasks need is there; a task that needs more adds it. Least recently used go first; what a task works on
// stays whatever its size.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ok, type Result } from "#workers/result.ts";
import type { Work } from "#workers/transcoding/contract.ts";
import { byteSet, type Interval } from "./byte-set.ts";
import { fetchSource, type PartialSource, type SourceUrl } from "./source-fetch.ts";
import type { TaskFailure } from "./outcome.ts";

interface SourceRequest {
  readonly videoId: string;
  readonly version: number;
  readonly url: SourceUrl;
  readonly sizeBytes: number;
  readonly ranges?: Work["source"]["ranges"];
}

export interface HeldSource {
  readonly path: string;
  /** Not all of it is there: what lies between reads as zeros. */
  isSparse(): boolean;
  /** Fetches the rest, for work that found it can't do with less. */
  fetchWhole(): Promise<Result<null, TaskFailure>>;
  /** A file that belongs to the source and goes with it: made once by `make`, which writes to the path given. */
  derived<T>(name: string, make: (path: string) => Promise<Result<number, T>>): Promise<Result<string, T>>;
}

export interface SourceCache {
  /** What the work needs of the source is on disk for the time of `use`. `onFetched` is told the bytes that came. */
  withSource<T>(
    wanted: SourceRequest,
    signal: AbortSignal,
    use: (source: Result<HeldSource, TaskFailure>) => Promise<T>,
    onFetched?: (bytes: number) => void,
  ): Promise<T>;
  /** Removes every source that no task works on: a runner with nothing to do keeps nobody's film. */
  dropUnused(): Promise<void>;
}

interface Entry {
  readonly dir: string;
  readonly source: PartialSource;
  readonly derived: Map<string, number>;
  users: number;
  /** Bytes that are on their way. */
  expectedBytes: number;
  /** Tasks of one source take turns at what is derived from it. */
  turn: Promise<unknown>;
}

export function sourceCache(root: string, maxBytes: number): SourceCache {
  // In order of use, the oldest first.
  const entries = new Map<string, Entry>();
  let made = 0;

  const enter = async (wanted: SourceRequest): Promise<Entry> => {
    const key = `${wanted.videoId}-${wanted.version}-${wanted.sizeBytes}`.replaceAll(/[^\w-]/g, "_");
    const known = entries.get(key);
    // A folder of its own each time: the one before may still be on its way out.
    const entry = known ?? newEntry(join(root, `${key}-${made++}`), wanted.sizeBytes);
    entry.users++;
    entries.delete(key);
    entries.set(key, entry);
    await mkdir(entry.dir, { recursive: true });
    return entry;
  };

  const evict = async (keepBytes: number) => {
    let total = [...entries.values()].reduce((sum, entry) => sum + bytesOf(entry), 0);
    for (const [key, entry] of [...entries]) {
      if (total <= keepBytes) return;
      if (entry.users > 0) continue;
      entries.delete(key);
      total -= bytesOf(entry);
      await rm(entry.dir, { recursive: true, force: true });
    }
  };

  return {
    withSource: async (wanted, signal, use, onFetched) => {
      const entry = await enter(wanted);
      const fetch = async (intervals: readonly Interval[]): Promise<Result<null, TaskFailure>> => {
        const expectedBytes = missingBytes(entry, intervals);
        entry.expectedBytes += expectedBytes;
        try {
          await evict(maxBytes);
          const fetched = await fetchSource(entry.source, wanted.url, intervals, signal);
          if (!fetched.ok) return fetched;
          onFetched?.(fetched.value);
          return ok(null);
        } finally {
          entry.expectedBytes -= expectedBytes;
        }
      };
      const fetchWhole = () => fetch([{ from: 0, to: wanted.sizeBytes }]);
      try {
        const fetched = await (wanted.ranges ? fetch(intervalsOf(wanted)) : fetchWhole());
        return await use(fetched.ok ? ok(held(entry, fetchWhole)) : fetched);
      } finally {
        entry.users--;
        await evict(maxBytes);
      }
    },
    dropUnused: () => evict(0),
  };
}

function newEntry(dir: string, sizeBytes: number): Entry {
  const source = {
    path: join(dir, "source"),
    sizeBytes,
    have: byteSet(),
    underWay: new Set<never>(),
    etag: null,
  };
  return { dir, source, derived: new Map(), users: 0, expectedBytes: 0, turn: Promise.resolve() };
}

/** Ranges beyond the file's end are somebody's mistake; what is there is still fetched. */
function intervalsOf({ ranges = [], sizeBytes }: SourceRequest): readonly Interval[] {
  return ranges
    .map((range) => ({
      from: range.offsetBytes,
      to: Math.min(sizeBytes, range.offsetBytes + range.sizeBytes),
    }))
    .filter(({ from, to }) => from < to);
}

function held(entry: Entry, fetchWhole: HeldSource["fetchWhole"]): HeldSource {
  return {
    path: entry.source.path,
    isSparse: () => entry.source.have.sizeBytes() < entry.source.sizeBytes,
    fetchWhole,
    derived: (name, make) =>
      inTurn(entry, async () => {
        const path = join(entry.dir, name);
        if (entry.derived.has(name)) return ok(path);
        const made = await make(path);
        if (!made.ok) return made;
        entry.derived.set(name, made.value);
        return ok(path);
      }),
  };
}

function inTurn<T>(entry: Entry, job: () => Promise<T>): Promise<T> {
  const result = entry.turn.then(job, job);
  entry.turn = result.catch(() => undefined);
  return result;
}

function missingBytes(entry: Entry, intervals: readonly Interval[]): number {
  const gaps = intervals.flatMap((interval) => entry.source.have.missing(interval));
  return gaps.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** Of the disk: holes take no room. */
function bytesOf({ source, derived, expectedBytes }: Entry): number {
  const derivedBytes = [...derived.values()].reduce((sum, bytes) => sum + bytes, 0);
  return source.have.sizeBytes() + expectedBytes + derivedBytes;
}
