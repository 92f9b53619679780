// Where a runner keeps its files. Each process owns one folder of the work directory; the folders of processes
// that are gone (kill -9, power loss) are removed at the next start of any runner there. Processes that share
// a work directory must see each other's pids.
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

export interface WorkDir {
  readonly path: string;
  /** An empty folder for one task, for the time of `use`. */
  withTaskDir<T>(use: (dir: string) => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

const pattern = /^run-(\d+)-(\w+)$/;

export async function openWorkDir(root: string): Promise<WorkDir> {
  // Where we are root, FFmpeg is not, and must be able to read what we write.
  if (process.getuid?.() === 0) process.umask(0o022);
  await mkdir(root, { recursive: true });
  await sweep(root);
  const path = join(root, `run-${process.pid}-${(await startOf(process.pid)) ?? "0"}`);
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
  let tasks = 0;
  return {
    path,
    withTaskDir: async (use) => {
      const dir = join(path, `task-${tasks++}`);
      await mkdir(dir);
      try {
        return await use(dir);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

async function sweep(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const [, pid, start] = pattern.exec(name) ?? [];
    if (pid === undefined || (await isAlive(Number(pid), start ?? ""))) continue;
    await rm(join(root, name), { recursive: true, force: true });
  }
}

/** A pid is used again; with its start time it is one process. */
async function isAlive(pid: number, start: string): Promise<boolean> {
  const current = await startOf(pid);
  if (current !== null) return current === start;
  if (process.platform === "linux") return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Clock ticks since boot, field 22 of /proc/PID/stat; null where there is no /proc, or no such process. */
async function startOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  // The second field, the program's name, may hold spaces and brackets.
  return text?.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}
