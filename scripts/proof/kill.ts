// kill -9 of the processes of a stack, at seeded moments.
import { readdirSync, readFileSync } from "node:fs";
import type { Stack } from "../stack/stack.ts";

/** Pids of the descendants of `pid`, by /proc. */
export function descendants(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      // "pid (name) state ppid …"; a name may hold spaces and brackets.
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // Gone between the two reads.
    }
  }
  const found: number[] = [];
  const visit = (parent: number) => {
    for (const [child, of] of parents) {
      if (of !== parent) continue;
      found.push(child);
      visit(child);
    }
  };
  visit(pid);
  return found;
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

/** The runner and its FFmpeg, as when a container is lost. */
export function killRunner(stack: Stack, index = 0): void {
  const runner = stack.runners[index];
  if (runner === undefined) throw new Error(`the stack has no runner ${index}`);
  for (const pid of [runner.pid, ...descendants(runner.pid)]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Ended by itself in the meantime.
    }
  }
}

/** As a deploy or an eviction ends it: it may hand its tasks back. */
export function endRunner(stack: Stack, index: number): void {
  const runner = stack.runners[index];
  if (runner === undefined) throw new Error(`the stack has no runner ${index}`);
  process.kill(runner.pid, "SIGTERM");
}

/** The workerd of this process; none while it is being started again. */
export function workerPids(): readonly number[] {
  return descendants(process.pid).filter((pid) => nameOf(pid) === "workerd");
}

/** workerd, which Miniflare starts again on the same port with the same state. */
export function killWorker(): void {
  for (const pid of workerPids()) process.kill(pid, "SIGKILL");
}

/** Resident memory in bytes of the workerd of this process. */
export function workerMemoryBytes(): number {
  const [workerd] = workerPids();
  if (workerd === undefined) return 0;
  const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${workerd}/status`, "utf8"));
  return Number(rss?.[1] ?? 0) * 1024;
}

/** CPU seconds that the workerd of this process has used. */
export function workerCpuSeconds(): number {
  const [workerd] = workerPids();
  if (workerd === undefined) return 0;
  const stat = readFileSync(`/proc/${workerd}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
