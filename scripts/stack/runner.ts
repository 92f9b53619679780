// The transcoder beside the local Worker: a child process, started again when it dies, as a Container is.
import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { root } from "../setup.mjs";
import { endedBy } from "./runtime-process.ts";

export interface RunnerOptions {
  readonly url: string;
  readonly token: string;
  readonly name: string;
  readonly dataDirectory: string;
  readonly slots?: number;
  /** A human sentence: which child ended, and why. */
  readonly onDeath: (sentence: string) => void;
}

export interface LocalRunner {
  readonly pid: number;
  /** SIGTERM: the task in hand is handed back. */
  stop(): Promise<void>;
}

/** A runner that dies this many times within a minute is broken, not killed: it stays down. */
const restartsPerMinute = 30;

export function startRunner(options: RunnerOptions): LocalRunner {
  let child: ChildProcess;
  let stopping = false;
  let deaths: number[] = [];
  const log = createWriteStream(join(options.dataDirectory, `${options.name}.log`), { flags: "a" });

  const launch = () => {
    const workDirectory = join(options.dataDirectory, "work", options.name);
    const args = [
      join(root, "transcoder", "main.ts"),
      "--url",
      options.url,
      "--name",
      options.name,
      "--work-dir",
      workDirectory,
      "--end-with-stdin",
      ...(options.slots === undefined ? [] : ["--slots", String(options.slots)]),
    ];
    child = spawn(process.execPath, args, {
      // It ends when this process does, however that ends: the kernel closes the pipe.
      stdio: ["pipe", "pipe", "pipe"],
      // The token travels in the environment: arguments are visible to every user of the machine.
      env: { ...process.env, SLUICE_RUNNER_TOKEN: options.token },
    });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.on("exit", (code, signal) => {
      if (stopping) return;
      const nowMs = Date.now();
      deaths = [...deaths.filter((at) => at > nowMs - 60_000), nowMs];
      const again = deaths.length <= restartsPerMinute;
      options.onDeath(
        `${options.name} (the transcoder, pid ${child.pid}) ended by ${endedBy(code, signal)}; ${again ? "starting it again" : "it keeps dying and stays down"}; its log is ${options.name}.log`,
      );
      if (again) launch();
    });
  };
  launch();

  return {
    get pid() {
      return child.pid ?? -1;
    },
    async stop() {
      stopping = true;
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGTERM");
        const patience = setTimeout(() => child.kill("SIGKILL"), 10_000);
        await ended;
        clearTimeout(patience);
      }
      log.end();
    },
  };
}
