// The bundle that would be deployed: wrangler's own dry run makes it, so local is what production gets.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup.mjs";

export async function run(command: string, args: readonly string[], cwd = root): Promise<string> {
  const child = spawn(command, args, {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    // The output is for the failure's message, and for who parses it. What a test has built is deployed, where nothing
    // has changed since: it is built as for that.
    env: { ...process.env, CI: "1", NODE_ENV: "production", WRANGLER_LOG: "log" },
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output}`);
  return output;
}

export interface WorkerBundle {
  /** Path of its one module. */
  readonly module: string;
  /** What a deploy would upload, compressed. */
  readonly uploadKibibytes: number;
}

export async function bundleWorker(directory: string): Promise<WorkerBundle> {
  const output = await run("wrangler", [
    ...["deploy", "--dry-run", "--containers-rollout", "none", "--outdir", directory],
  ]);
  const size = /Total Upload: .* gzip: ([\d.]+) KiB/.exec(output)?.[1];
  if (size === undefined) throw new Error(`wrangler told no upload size:\n${output}`);
  return { module: join(directory, "index.js"), uploadKibibytes: Number(size) };
}

function newestChange(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const inner = readdirSync(path)
    .filter((name) => name !== "dist" && name !== "node_modules")
    .map((name) => newestChange(join(path, name)));
  return Math.max(stat.mtimeMs, ...inner);
}

/** Builds web/dist when a source is newer than what was built. */
export async function buildWeb(): Promise<void> {
  const built = join(root, "web", "dist", "index.html");
  if (existsSync(built) && statSync(built).mtimeMs >= newestChange(join(root, "web"))) return;
  await run("vite", ["build", "--config", "web/vite.config.ts", "--logLevel", "warn"]);
}
