#!/usr/bin/env node
// The command `sluice-runner`. Plain JavaScript, so that a Node that can't run TypeScript says so itself; the one that
// the dependencies bring is taken then.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const recentEnough = major > 22 || (major === 22 && minor >= 18);
const main = fileURLToPath(new URL("main.ts", import.meta.url));
const bundled = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));

if (recentEnough) {
  await import("./main.ts");
} else if (existsSync(bundled)) {
  const child = spawn(bundled, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => (process.exitCode = code ?? (signal === null ? 1 : 128)));
} else {
  process.stderr.write(`sluice-runner: Node 22.18 or newer is needed, this is ${process.version}\n`);
  process.exitCode = 2;
}
