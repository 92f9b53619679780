// The Worker on workerd with the bindings of wrangler.toml, by Miniflare: the same bundle that is deployed,
// D1, R2, Queues and Durable Objects on disk. Miniflare starts workerd again when it dies.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import type { BucketEndpoint } from "#workers/storage/bucket-endpoint.ts";
import { root } from "../setup.mjs";
import { bundleWorker } from "./bundle.ts";
import { watchRuntimeProcess } from "./runtime-process.ts";
import { freePort, localS3 } from "./s3.ts";
import type { Secrets } from "./secrets.ts";

export interface WorkerOptions {
  readonly dataDirectory: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly secrets: Secrets;
  readonly vars?: Readonly<Record<string, string>>;
  /** Without rate limits: one machine is all its viewers at once, and the simulator counts in a database. */
  readonly unlimited?: boolean;
  /** The bucket's S3 endpoint is there too, and runners read and write it directly. */
  readonly s3?: boolean;
  /** Text of a module that stands before the Worker, which it imports as ./index.js: baselines of the bench. */
  readonly front?: string;
  /** Where V8 of the Worker can be asked. */
  readonly inspectorPort?: number;
  /** One structured log line of the Worker. */
  readonly onLog?: (line: string) => void;
  /** A human sentence: workerd died, why, and whether it was started again. */
  readonly onDeath?: (sentence: string) => void;
}

export interface LocalWorker {
  readonly url: string;
  readonly miniflare: Miniflare;
  /** Of the bucket, where it was asked for. */
  readonly s3: BucketEndpoint | null;
  dispose(): Promise<void>;
}

/**
 * Miniflare starts a dead workerd again, but gives up when that one dies while it starts. It tells nobody but
 * its log, so the log is where it is heard.
 */
class GivenUpLog extends Log {
  private readonly onGivenUp: () => void;

  constructor(onGivenUp: () => void) {
    super(LogLevel.NONE);
    this.onGivenUp = onGivenUp;
  }

  override error(error: Error): void {
    if ("code" in error && error.code === "ERR_RUNTIME_FAILURE") this.onGivenUp();
  }
}

const revivals = 5;

export async function startWorker(options: WorkerOptions): Promise<LocalWorker> {
  const { module } = await bundleWorker(join(options.dataDirectory, "bundle"));
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(root, "wrangler.toml"), undefined, {
    overrides: { enableContainers: false },
  });
  const front =
    options.front === undefined
      ? []
      : [
          {
            type: "ESModule" as const,
            path: join(options.dataDirectory, "bundle", "front.js"),
            contents: options.front,
          },
        ];
  const state = join(options.dataDirectory, "state");
  mkdirSync(state, { recursive: true });
  const log = new GivenUpLog(() => void revive());
  const runtime = watchRuntimeProcess();
  const died = (restarted: boolean) => {
    const then = restarted ? "was started again" : "keeps dying: it stays down";
    options.onDeath?.(`the Worker's runtime (workerd) died, ${runtime.takeExits()}, and ${then}`);
  };
  const s3 = options.s3 === true ? localS3() : null;
  const optionsAt = (port: number) =>
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port,
      log,
      cf: false,
      resourcePersistencePath: state,
      telemetry: { enabled: false },
      unsafeTriggerHandlers: true,
      handleStructuredLogs: ({ message }) => options.onLog?.(message),
      unsafeHandleRuntimeRestart: () => died(true),
      ...workerOptions,
      ...(options.inspectorPort === undefined ? {} : { inspectorPort: options.inspectorPort }),
      ...(options.unlimited === true ? { ratelimits: {} } : {}),
      ...(s3 === null ? {} : { r2Buckets: { MEDIA: { id: s3.bucket, s3Credentials: s3.credentials } } }),
      modules: [...front, { type: "ESModule", path: module }],
      modulesRoot: join(options.dataDirectory, "bundle"),
      bindings: {
        ...(workerOptions.bindings as Record<string, string>),
        ...options.secrets,
        // Runners are processes here: Containers need an account.
        RUNNER_FLEET: "external",
        // What is named here is on this machine.
        OUTBOUND_ALLOW_PRIVATE: "true",
        ...(s3 === null ? {} : s3.vars(port)),
        ...options.vars,
      },
    });
  // URLs of the S3 endpoint are signed for its port: it must be known before.
  const port = s3 !== null && options.port === 0 ? await freePort() : options.port;
  const miniflare = new Miniflare(optionsAt(port));
  const ending = new AbortController();
  const dispose = async () => {
    ending.abort();
    await miniflare.dispose();
    runtime.close();
  };
  const url = await miniflare.ready.catch(async (error: unknown) => {
    await dispose();
    throw error;
  });

  async function revive(): Promise<void> {
    for (let left = revivals; left > 0 && !ending.signal.aborted; left -= 1) {
      const revived = await miniflare.setOptions(optionsAt(Number(url.port))).then(
        () => true,
        () => false,
      );
      if (revived) return died(true);
    }
    if (!ending.signal.aborted) died(false);
  }

  const endpoint = s3?.vars(Number(url.port));
  return {
    url: url.origin,
    miniflare,
    s3:
      endpoint === undefined || s3 === null
        ? null
        : { endpoint: endpoint["R2_S3_ENDPOINT"] ?? "", bucket: s3.bucket, ...s3.credentials },
    dispose,
  };
}
