// The runner program: `sluice-runner --url https://… --token …`. Knows one URL and one token.
import { readConfig, usage } from "./config.ts";
import { exitCodes } from "./exit-codes.ts";
import { ffmpegCodecs } from "./ffmpeg/encoders.ts";
import { ffmpegVersion } from "./ffmpeg/version.ts";
import { serveHealth } from "./health.ts";
import { log, safeMessage } from "./log.ts";
import { runRunner } from "./runner.ts";
import { FatalRefusal } from "./scheduler-client.ts";

process.exitCode = await main();

function say(code: number, sentence: string): number {
  process.stderr.write(`sluice-runner: ${sentence}\n`);
  return code;
}

async function main(): Promise<number> {
  const config = readConfig(process.argv.slice(2), process.env);
  if (!config.ok) return say(exitCodes.usage, `${config.reason}\n${usage}`);
  const { value } = config;
  const version = await ffmpegVersion();
  if (version === null) {
    return say(exitCodes.ffmpeg, "ffmpeg and ffprobe were not found on the PATH; install FFmpeg");
  }
  const codecs = await ffmpegCodecs();
  if (codecs.length === 0) {
    return say(exitCodes.ffmpeg, `FFmpeg ${version} has no encoder that is needed: libx264 and aac at least`);
  }
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
      slots: value.slots,
      codecs: codecs.join(" "),
      ffmpegVersion: version,
      healthPort: health?.port,
    });
    const onBusy = (now: boolean) => {
      busy = now;
    };
    await runRunner({
      config: value,
      codecs: [...codecs],
      ffmpegVersion: version,
      stop: stop.signal,
      onBusy,
    });
    log("info", "runnerStopped");
    return exitCodes.stopped;
  } catch (error) {
    log("error", "runnerFailed", { message: safeMessage(error) });
    return error instanceof FatalRefusal ? exitCodes[error.of] : exitCodes.failed;
  } finally {
    // Listened to, it would keep the process.
    process.stdin.destroy();
  }
}
