// Runs a tool to its end and keeps what it said, on each stream by itself.
import { spawn } from "node:child_process";

export interface Captured {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export async function capture(command: string, args: readonly string[]): Promise<Captured> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (bytes: Buffer) => stdout.push(bytes));
  child.stderr.on("data", (bytes: Buffer) => stderr.push(bytes));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}
