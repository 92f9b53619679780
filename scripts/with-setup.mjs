// `node scripts/with-setup.mjs scripts/NAME.ts …`: sets up what that script needs, then runs it on the right
// Node. Signals reach the script because it shares the terminal's process group; others are passed on.
import { spawn } from "node:child_process";
import { basename, join } from "node:path";
import { MissingTool, root, setUp } from "./setup.mjs";

const needs = {
  "demo.ts": ["ffmpeg"],
  "dev.ts": ["ffmpeg"],
  "test.ts": ["ffmpeg", "chromium"],
  "acceptance.ts": ["ffmpeg", "chromium"],
  "run.ts": ["ffmpeg"],
  "deploy.ts": [],
};

const [script, ...args] = process.argv.slice(2);
try {
  const { node, path } = setUp(needs[basename(script)] ?? []);
  const child = spawn(node, [join(root, script), ...args], {
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: path,
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_LOG: process.env.WRANGLER_LOG ?? "error",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
    },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
  });
} catch (error) {
  process.stderr.write(`${error instanceof MissingTool ? error.message : error.stack}\n`);
  process.exit(1);
}
