// The Worker on workerd with the bindings of wrangler.toml, by Miniflare: the same bundle that is deployed,
// D1, R2, Queues and Durable Objects on disk. Miniflare starts workerd again when it dies.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { root } from "../setup.mjs";
import { bundleWorker } from "./bundle.ts";
import type { Secrets } from "./secrets.ts";

export interface WorkerOptions {
  readonly dataDirectory: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly secrets: Secrets;
  readonly vars?: Readonly<Record<string, string>>;
  /** Text of a module that stands before the Worker, which it imports as ./index.js: baselines of the bench. */
  readonly front?: string;
  /** One structured log line of the Worker. */
  readonly onLog?: (line: string) => void;
  /** workerd died and was started again. */
  readonly onRestart?: () => void;
}

export interface LocalWorker {
  readonly url: string;
  readonly miniflare: Miniflare;
  dispose(): Promise<void>;
}

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
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: options.port,
      cf: false,
      resourcePersistencePath: state,
      telemetry: { enabled: false },
      unsafeTriggerHandlers: true,
      handleStructuredLogs: ({ message }) => options.onLog?.(message),
      unsafeHandleRuntimeRestart: () => options.onRestart?.(),
      ...workerOptions,
      modules: [...front, { type: "ESModule", path: module }],
      modulesRoot: join(options.dataDirectory, "bundle"),
      bindings: {
        ...(workerOptions.bindings as Record<string, string>),
        ...options.secrets,
        // Runners are processes here: Containers need an account.
        RUNNER_FLEET: "external",
        ...options.vars,
      },
    }),
  );
  const url = await miniflare.ready;
  return { url: url.origin, miniflare, dispose: () => miniflare.dispose() };
}
