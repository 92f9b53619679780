// The image without an engine: the Dockerfile's steps in a Debian of debootstrap, its entrypoint as its user on a
// read-only root, one video encoded for a local stack, its health asked, and a task handed back on SIGTERM.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeClip } from "../demo/clip.ts";
import { uploadFile } from "../demo/upload.ts";
import { waitForVideo } from "../demo/video.ts";
import { buildRoot, chrootOptions, writableBy, type Built } from "../container/build-root.ts";
import { firstProcess, runInChroot, startInChroot } from "../container/chroot.ts";
import { parseDockerfile, type Dockerfile } from "../container/parse-dockerfile.ts";
import { root } from "../setup.mjs";
import { freePort } from "../stack/s3.ts";
import type { Stack } from "../stack/stack.ts";
import type { Check, CheckRun } from "./check.ts";
import { until } from "./until.ts";

export const container: Check = {
  name: "container",
  async run(run) {
    needTools();
    const dockerfile = parseDockerfile(readFileSync(join(root, "transcoder", "Dockerfile"), "utf8"));
    const startedMs = Date.now();
    const built = await buildRoot(dockerfile, {
      context: root,
      ignore: readFileSync(join(root, "transcoder", "Dockerfile.dockerignore"), "utf8"),
      scratch: run.scratch,
      say: (line) => run.say(line),
    });
    run.measure("buildSeconds", Math.round((Date.now() - startedMs) / 1000));
    await checkImage(run, built);
    const stack = await run.startStack({ runners: 0 });
    await checkRunner(run, dockerfile, built, stack);
  },
};

function needTools(): void {
  if (process.getuid?.() !== 0) throw new Error("this check makes file systems and mounts: run it as root");
  const has = (tool: string) =>
    execFileSync("sh", ["-c", `command -v ${tool} || true`], { encoding: "utf8" });
  if (has("debootstrap") === "") {
    execFileSync("apt-get", ["update", "-q"], { stdio: "ignore" });
    execFileSync("apt-get", ["install", "-y", "-q", "debootstrap"], { stdio: "ignore" });
  }
}

async function checkImage(run: CheckRun, built: Built): Promise<void> {
  const inside = (...command: string[]) => runInChroot(command, chrootOptions(built, {}));
  const who = await inside("id");
  run.say(`USER ${who.output.trim()}`);
  run.expect(
    who.output.trim() === "uid=10001(runner) gid=10001(runner) groups=10001(runner)",
    `the runner is ${who.output}`,
  );
  const write = await inside("sh", "-c", "touch /app/x /tmp/x /etc/x 2>&1; touch /work/x && echo work");
  const denied = write.output.match(/Read-only file system/g)?.length ?? 0;
  run.expect(denied === 3 && write.output.trim().endsWith("work"), `what can be written: ${write.output}`);
  run.expect(writableBy(built, "app").length === 0, "files of the program can be changed by its user");
  const versions = await inside("sh", "-c", "node --version; ffmpeg -version | head -1");
  run.measure("versions", versions.output.trim().split("\n"));
}

async function checkRunner(run: CheckRun, dockerfile: Dockerfile, built: Built, stack: Stack): Promise<void> {
  const healthPort = String(await freePort());
  const env = {
    SLUICE_URL: stack.url,
    SLUICE_RUNNER_TOKEN: await newToken(stack),
    SLUICE_HEALTH_PORT: healthPort,
  };
  const child = startInChroot(dockerfile.entrypoint, chrootOptions(built, env));
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (data: Buffer) => (log += data.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  run.defer(() => void child.kill("SIGKILL"));
  await until("the runner starts", () => log.includes('"runnerStarted"'), 20);
  run.say(`ENTRYPOINT ${dockerfile.entrypoint.join(" ")}: ${/"codecs":"([^"]*)"/.exec(log)?.[1]}`);

  const health = () =>
    runInChroot(dockerfile.healthCheck, chrootOptions(built, { SLUICE_HEALTH_PORT: healthPort }));
  run.expect((await health()).code === 0, "the health check fails while the runner runs");

  const clip = join(run.scratch, "clip.mp4");
  await makeClip({ path: clip, durationSeconds: 4, width: 640, height: 360 });
  const first = await uploadFile(stack, clip);
  const startedMs = Date.now();
  await waitForVideo(stack, first.videoId, ({ status }) => status.state === "ready", {
    deadlineSeconds: 120,
  });
  run.measure("encodedSeconds", (Date.now() - startedMs) / 1000);
  run.say(`encoded ${/"kind":"video"/.test(log) ? "a chunk of pictures" : "nothing"} for the stack`);
  run.expect(/"event":"taskDone"[^\n]*"kind":"video"/.test(log), "no task of pictures was done");

  const long = join(run.scratch, "long.mp4");
  await makeClip({ path: long, durationSeconds: 40, width: 1280, height: 720 });
  const second = await uploadFile(stack, long);
  const began = new RegExp(`"taskStarted"[^\\n]*"videoId":"${second.videoId}","kind":"video"`);
  await until("a task of pictures begins", () => began.test(log), 60);
  process.kill(firstProcess(child), dockerfile.stopSignal);
  const stoppedMs = Date.now();
  const code = await ended;
  run.measure("stopSeconds", (Date.now() - stoppedMs) / 1000);
  run.say(`STOPSIGNAL ${dockerfile.stopSignal}: exit code ${code}`);
  run.expect(code === 0, `the runner ended with ${code}: ${log.slice(-1000)}`);
  run.expect(/"taskHandedBack"[^\n]*"kind":"video"/.test(log), "the task was not handed back");
  const { tasks } = await boardStats(stack);
  run.expect(!tasks.includes('phase="leased"'), "a task is still leased when its runner has ended");
  run.expect((await health()).code === 1, "the health check is content when nothing runs");
  run.expect(
    !log.includes(env.SLUICE_RUNNER_TOKEN) && !log.includes("http://"),
    "the log holds the token or a URL",
  );
}

async function newToken(stack: Stack): Promise<string> {
  const response = await fetch(`${stack.url}/v1/runner-tokens`, {
    method: "POST",
    headers: { Authorization: `Bearer ${stack.apiKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({ name: "container" }),
  });
  const { token } = (await response.json()) as { readonly token: string };
  return token;
}

async function boardStats(stack: Stack): Promise<{ readonly tasks: string }> {
  const headers = { Authorization: `Bearer ${stack.metricsToken}` };
  const text = await (await fetch(`${stack.url}/metrics`, { headers })).text();
  return {
    tasks: text
      .split("\n")
      .filter((line) => line.includes("transcoding_board_tasks{"))
      .join("\n"),
  };
}
