// The whole platform on one port: Worker, web, transcoder, crons. What `npm run dev`, the demo, the
// end-to-end tests, the acceptance checks and the bench all start.
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newAdminKey } from "./admin-key.ts";
import { buildWeb } from "./bundle.ts";
import { migrate } from "./migrate.ts";
import { startRunner, type LocalRunner } from "./runner.ts";
import { secretsOf } from "./secrets.ts";
import { startWorker, type LocalWorker } from "./worker.ts";

export interface StackOptions {
  readonly port: number;
  readonly dataDirectory: string;
  /** How many transcoders; 0 for tests that need none. */
  readonly runners?: number;
  /** Tasks at a time of a runner. */
  readonly slots?: number;
  readonly web?: boolean;
  readonly vars?: Readonly<Record<string, string>>;
  readonly unlimited?: boolean;
  /** Runners read and write the bucket by its S3 endpoint. */
  readonly s3?: boolean;
  readonly front?: string;
  /** Where V8 of the Worker can be asked. */
  readonly inspectorPort?: number;
  /** What a person should read: warnings of the Worker, deaths of children. */
  readonly onNotice?: (sentence: string) => void;
}

export interface Stack {
  readonly url: string;
  readonly apiKey: string;
  readonly runnerToken: string;
  readonly metricsToken: string;
  readonly worker: LocalWorker;
  readonly runners: readonly LocalRunner[];
  /** Ends every child; a second call waits for the first. */
  stop(): Promise<void>;
}

const cronIntervalMs = 60_000;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** One stack a data folder: two would write the same files. */
export function takeLock(dataDirectory: string): () => void {
  mkdirSync(dataDirectory, { recursive: true });
  const path = join(dataDirectory, "stack.pid");
  if (existsSync(path)) {
    const pid = Number(readFileSync(path, "utf8"));
    if (pid !== process.pid && alive(pid)) {
      throw new Error(
        `${dataDirectory} is in use by the stack with pid ${pid}; take another folder with --data`,
      );
    }
  }
  writeFileSync(path, String(process.pid));
  return () => rmSync(path, { force: true });
}

export async function adminKey(worker: LocalWorker, dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, "admin-key");
  if (existsSync(path)) return readFileSync(path, "utf8").trim();
  const key = await newAdminKey("local admin");
  const db = await worker.miniflare.getD1Database("DB");
  await db.prepare(key.sql).run();
  writeFileSync(path, key.token, { mode: 0o600 });
  return key.token;
}

/** Answers when Worker, D1 and R2 do. */
async function untilHealthy(url: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await fetch(`${url}/healthz`).catch(() => null);
    if (answer?.ok === true) return;
    if (Date.now() > deadline) throw new Error(`${url}/healthz does not answer: ${await answer?.text()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDirectory, onNotice = () => undefined } = options;
  const unlock = takeLock(dataDirectory);
  const undo: (() => Promise<void> | void)[] = [unlock];
  const stopAll = async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const secrets = secretsOf(dataDirectory);
    if (options.web !== false) await buildWeb();
    const log = createWriteStream(join(dataDirectory, "worker.log"), { flags: "a" });
    undo.push(() => void log.end());
    const worker = await startWorker({
      dataDirectory,
      port: options.port,
      secrets,
      ...(options.vars === undefined ? {} : { vars: options.vars }),
      ...(options.unlimited === undefined ? {} : { unlimited: options.unlimited }),
      ...(options.s3 === undefined ? {} : { s3: options.s3 }),
      ...(options.front === undefined ? {} : { front: options.front }),
      ...(options.inspectorPort === undefined ? {} : { inspectorPort: options.inspectorPort }),
      onLog: (line) => {
        log.write(`${line}\n`);
        if (line.includes('"level":"error"')) onNotice(`worker: ${line}`);
      },
      onDeath: onNotice,
    });
    undo.push(() => worker.dispose());
    await migrate(await worker.miniflare.getD1Database("DB"));
    const apiKey = await adminKey(worker, dataDirectory);
    await untilHealthy(worker.url);
    const cron = setInterval(() => {
      void fetch(`${worker.url}/cdn-cgi/local/scheduled?cron=*+*+*+*+*`).catch(() => undefined);
    }, cronIntervalMs);
    undo.push(() => clearInterval(cron));
    const runners = Array.from({ length: options.runners ?? 1 }, (_, index) =>
      startRunner({
        url: worker.url,
        token: secrets.RUNNER_TOKEN,
        name: `runner-${index + 1}`,
        dataDirectory,
        ...(options.slots === undefined ? {} : { slots: options.slots }),
        onDeath: onNotice,
      }),
    );
    undo.push(async () => {
      await Promise.all(runners.map((runner) => runner.stop()));
    });
    let stopped: Promise<void> | undefined;
    return {
      url: worker.url,
      apiKey,
      runnerToken: secrets.RUNNER_TOKEN,
      metricsToken: secrets.METRICS_TOKEN,
      worker,
      runners,
      stop: () => (stopped ??= stopAll()),
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}
