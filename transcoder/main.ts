// The runner program: `node transcoder/main.ts --url https://… --token …`. Knows one URL and one token.
import { readConfig, usage } from "./config.ts";
import { ffmpegVersion } from "./ffmpeg/version.ts";
import { serveHealth } from "./health.ts";
import { log, safeMessage } from "./log.ts";
import { runRunner } from "./runner.ts";
import { FatalRefusal } from "./scheduler-client.ts";

process.exitCode = await main();

async function main(): Promise<number> {
  const config = readConfig(process.argv.slice(2), process.env);
  if (!config.ok) {
    process.stderr.write(`${config.reason}\n${usage}\n`);
    return 2;
  }
  const version = await ffmpegVersion();
  if (version === null) {
    process.stderr.write("ffmpeg and ffprobe were not found on the PATH\n");
    return 2;
  }
  const { value } = config;
  const stop = new AbortController();
  const end = (why: string) => {
    log("info", "stopping", { why });
    stop.abort(new Error("the runner is stopping"));
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => end(signal));
  if (value.endWithStdin) process.stdin.once("end", () => end("standard input ended")).resume();
  let busy = false;
  try {
    const health = value.healthPort === null ? null : await serveHealth(value.healthPort, () => busy);
    log("info", "runnerStarted", {
      name: value.name,
      cpus: value.cpus,
      ffmpegVersion: version,
      healthPort: health?.port,
    });
    const onBusy = (now: boolean) => {
      busy = now;
    };
    await runRunner({ config: value, ffmpegVersion: version, stop: stop.signal, onBusy });
    log("info", "runnerStopped");
    return 0;
  } catch (error) {
    log("error", "runnerFailed", { message: safeMessage(error) });
    return error instanceof FatalRefusal ? 3 : 1;
  } finally {
    // Listened to, it would keep the process.
    process.stdin.destroy();
  }
}
