// The runner as the process that people start.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startTaskServer, type TaskServer } from "./task-server.ts";

export interface Program {
  readonly pid: number;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
  /** What the kernel does for a parent that is killed. */
  endInput(): void;
  /** Standard output and error so far. */
  output(): string;
  /** Pids of FFmpeg processes that work in its work directory. */
  encoders(): Promise<readonly string[]>;
}

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

export function startProgram(server: TaskServer, workDir: string, env: Record<string, string> = {}): Program {
  const child = spawn(
    process.execPath,
    [main, "--work-dir", workDir, "--health-port", "0", "--end-with-stdin", "--url", server.origin],
    {
      env: { PATH: process.env["PATH"], SLUICE_RUNNER_TOKEN: server.token, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => (output += data.toString()));
  return {
    pid: child.pid ?? 0,
    exit: new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal }))),
    kill: (signal) => void child.kill(signal),
    endInput: () => void child.stdin.end(),
    output: () => output,
    encoders: async () => {
      const { stdout } = await promisify(execFile)("ps", ["-eo", "pid,args"]);
      return stdout.split("\n").filter((line) => line.includes("ffmpeg") && line.includes(workDir));
    },
  };
}

export async function withProgram(
  dir: string,
  use: (running: { server: TaskServer; program: Program; workDir: string }) => Promise<void>,
): Promise<void> {
  const server = await startTaskServer();
  const workDir = await mkdtemp(join(dir, "program-"));
  const program = startProgram(server, workDir);
  try {
    await use({ server, program, workDir });
  } finally {
    program.kill("SIGKILL");
    await program.exit;
    await server.close();
    await rm(workDir, { recursive: true, force: true });
  }
}

/** Polls a condition; the test's own time limit is the deadline. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
