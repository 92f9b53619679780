// Makes a fresh clone runnable: dependencies, a Node that wrangler accepts, FFmpeg, and for tests Chromium.
// Plain JavaScript without dependencies: it runs on whatever Node is there. What it may not install it
// names, with the command that does.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");

/** @typedef {"ffmpeg" | "chromium"} Tool */

/** What a newcomer reads; progress goes to stderr so that a script's output stays its own. */
function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

export class MissingTool extends Error {}

function installDependencies() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = join(root, "node_modules", ".sluice-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  // Not `npm ci`: it refuses a lock file in which a registry left out optional packages of other platforms.
  // Versions are pinned exactly, so the two install the same.
  say("installing dependencies (npm install)");
  const npm = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (npm.status !== 0) throw new MissingTool("`npm install` failed; its output is above");
  writeFileSync(stamp, lock);
}

const newestNeeded = [22, 18];

function recentEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > newestNeeded[0] || (major === newestNeeded[0] && minor >= newestNeeded[1]);
}

/** The Node that dependencies bring (a pinned 24 on Linux), else the running one when it is new enough. */
export function findNode() {
  const bundled = join(bin, "node");
  if (existsSync(bundled)) {
    const version = spawnSync(bundled, ["--version"], { encoding: "utf8" });
    if (version.status === 0 && recentEnough(version.stdout.trim())) return bundled;
  }
  if (recentEnough(process.version)) return process.execPath;
  throw new MissingTool(
    `Node ${newestNeeded.join(".")} or newer is needed, this is ${process.version}. Install it with: npx n 24   (or https://nodejs.org)`,
  );
}

function has(command, args) {
  const run = spawnSync(command, args, { encoding: "utf8" });
  return run.status === 0 ? run.stdout : null;
}

export function findChromium() {
  const candidates = [
    process.env.CHROMIUM_PATH,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ];
  return candidates.find((path) => path && existsSync(path)) ?? null;
}

const tools = {
  ffmpeg: {
    present: () =>
      (has("ffmpeg", ["-hide_banner", "-encoders"]) ?? "").includes("libx264") &&
      has("ffprobe", ["-version"]) !== null,
    debian: "ffmpeg",
    homebrew: ["install", "ffmpeg"],
    needs: "FFmpeg with libx264",
  },
  chromium: {
    present: () => findChromium() !== null,
    debian: "chromium",
    homebrew: ["install", "--cask", "google-chrome"],
    needs: "Chromium or Chrome",
  },
};

/** The system's package manager, where we may use it without asking for a password. */
function packageManager(tool) {
  if (has("apt-get", ["--version"]) !== null) {
    const prefix = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
    const command = [...prefix, "apt-get"];
    return {
      steps: [
        [...command, "update", "-q"],
        [...command, "install", "-y", "-q", "--no-install-recommends", tools[tool].debian],
      ],
      hint: `sudo apt-get install ${tools[tool].debian}`,
      allowed: prefix.length === 0 || has("sudo", ["-n", "true"]) !== null,
    };
  }
  const brew = ["brew", ...tools[tool].homebrew];
  return { steps: [brew], hint: brew.join(" "), allowed: has("brew", ["--version"]) !== null };
}

function installTool(tool) {
  if (tools[tool].present()) return;
  const manager = packageManager(tool);
  if (manager.allowed) {
    for (const [command, ...args] of manager.steps) {
      say([command, ...args].join(" "));
      const run = spawnSync(command, args, {
        stdio: ["ignore", 2, 2],
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      });
      if (run.status !== 0) break;
    }
    if (tools[tool].present()) return;
  }
  throw new MissingTool(`${tools[tool].needs} is missing. Install it with: ${manager.hint}`);
}

/**
 * Installs what is missing and returns the Node to go on with.
 * @param {readonly Tool[]} needs
 */
export function setUp(needs) {
  installDependencies();
  const node = findNode();
  for (const tool of needs) installTool(tool);
  return { node, path: `${bin}:${process.env.PATH ?? ""}` };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const { node } = setUp(["ffmpeg", "chromium"]);
    say(`ready (node ${node})`);
  } catch (error) {
    say(error instanceof MissingTool ? error.message : String(error.stack));
    process.exit(1);
  }
}
