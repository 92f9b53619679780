// Sources on disk, kept from task to task: the chunks of one video mostly come to the same runner. Least
// recently used go first; what a task works on stays whatever its size.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ok, type Result } from "#workers/result.ts";
import { fetchSource, type PartialSource } from "./source-fetch.ts";
import type { TaskFailure } from "./outcome.ts";

interface SourceRequest {
  readonly videoId: string;
  readonly version: number;
  readonly url: string;
  readonly sizeBytes: number;
}

export interface HeldSource {
  readonly path: string;
  /** A file that belongs to the source and goes with it: made once by `make`, which writes to the path given. */
  derived<T>(name: string, make: (path: string) => Promise<Result<number, T>>): Promise<Result<string, T>>;
}

export interface SourceCache {
  /** The source is on disk, whole, for the time of `use`. */
  withSource<T>(
    wanted: SourceRequest,
    signal: AbortSignal,
    use: (source: Result<HeldSource, TaskFailure>) => Promise<T>,
  ): Promise<T>;
  /** Removes every source that no task works on: a runner with nothing to do keeps nobody's film. */
  dropUnused(): Promise<void>;
}

interface Entry {
  readonly dir: string;
  readonly source: PartialSource;
  readonly derived: Map<string, number>;
  users: number;
  /** Tasks of one source take turns at what is not there yet. */
  turn: Promise<unknown>;
}

export function sourceCache(root: string, maxBytes: number): SourceCache {
  // In order of use, the oldest first.
  const entries = new Map<string, Entry>();

  const enter = async (wanted: SourceRequest): Promise<Entry> => {
    const key = `${wanted.videoId}-${wanted.version}-${wanted.sizeBytes}`.replaceAll(/[^\w-]/g, "_");
    const known = entries.get(key);
    const dir = join(root, key);
    const entry = known ?? {
      dir,
      source: { path: join(dir, "source"), sizeBytes: wanted.sizeBytes, done: new Set<number>(), etag: null },
      derived: new Map<string, number>(),
      users: 0,
      turn: Promise.resolve(),
    };
    entry.users++;
    entries.delete(key);
    entries.set(key, entry);
    await mkdir(dir, { recursive: true });
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
    withSource: async (wanted, signal, use) => {
      const entry = await enter(wanted);
      try {
        await evict(maxBytes);
        const fetched = await inTurn(entry, () => fetchSource(entry.source, wanted.url, signal));
        return await use(fetched.ok ? ok(held(entry)) : fetched);
      } finally {
        entry.users--;
        await evict(maxBytes);
      }
    },
    dropUnused: () => evict(0),
  };
}

function held(entry: Entry): HeldSource {
  return {
    path: entry.source.path,
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

function bytesOf(entry: Entry): number {
  return entry.source.sizeBytes + [...entry.derived.values()].reduce((sum, bytes) => sum + bytes, 0);
}
