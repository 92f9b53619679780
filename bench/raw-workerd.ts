// workerd by itself, with the built Worker: no Miniflare, no proxy before it, no simulator beside it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { unstable_readConfig } from "wrangler";
import { root } from "../scripts/setup.mjs";
import { bundleWorker } from "../scripts/stack/bundle.ts";
import { newSecrets, type Secrets } from "../scripts/stack/secrets.ts";
import { heapBytes } from "./heap.ts";
import { benchModule } from "./worker-module.ts";

export interface RawWorkerd {
  readonly url: string;
  /** Of the isolate that answers: what is in use after a collection, ArrayBuffers included. */
  heapBytes(): Promise<number>;
  stop(): Promise<void>;
}

/** `data` is what bench/workers/edge.ts finds in its environment under these names. */
export async function startRawWorkerd(
  data: Readonly<Record<string, Uint8Array>>,
  secrets = newSecrets(),
): Promise<RawWorkerd> {
  const directory = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const stopping: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of stopping.splice(0)) await step();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await bundleWorker(directory);
    writeFileSync(join(directory, "edge.js"), await benchModule("edge.ts"));
    writeFileSync(join(directory, "cache.js"), await benchModule("cache.ts"));
    for (const [name, bytes] of Object.entries(data)) writeFileSync(join(directory, `${name}.bin`), bytes);
    writeFileSync(join(directory, "config.capnp"), config(Object.keys(data), secrets));
    const child = spawn(
      join(root, "node_modules", ".bin", "workerd"),
      ["serve", "config.capnp", "--control-fd=3", "--inspector-addr=127.0.0.1:0"],
      { cwd: directory, stdio: ["ignore", "ignore", "pipe", "pipe"] },
    );
    let complaints = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (complaints += text));
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    stopping.push(async () => {
      child.kill("SIGTERM");
      await ended;
    });
    const ports = await Promise.race([
      listeningPorts(child.stdio[3] as Readable),
      ended.then(() => {
        throw new Error(`workerd did not start: ${complaints}`);
      }),
    ]);
    return { url: `http://127.0.0.1:${ports.http}`, heapBytes: () => heapBytes(ports.inspector), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Ports {
  readonly http: number;
  readonly inspector: number;
}

async function listeningPorts(control: Readable): Promise<Ports> {
  let text = "";
  for await (const piece of control.setEncoding("utf8") as AsyncIterable<string>) {
    text += piece;
    const http = /"event":"listen".*?"port":(\d+)/.exec(text)?.[1];
    const inspector = /"event":"listen-inspector".*?"port":(\d+)/.exec(text)?.[1];
    if (http !== undefined && inspector !== undefined) {
      return { http: Number(http), inspector: Number(inspector) };
    }
  }
  throw new Error("workerd ended without listening");
}

function config(dataNames: readonly string[], { SESSION_KEYS, SEALING_KEY }: Secrets): string {
  const settings = unstable_readConfig({ config: join(root, "wrangler.toml") }).vars;
  const vars = Object.entries(settings)
    .map(([name, value]) => `(name = "${name}", text = ${JSON.stringify(String(value))}),`)
    .join("\n      ");
  const data = dataNames.map((name) => `(name = "${name}", data = embed "${name}.bin"),`).join("\n      ");
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "edge", worker = .edge), (name = "cache", worker = .cache) ],
  sockets = [ (name = "http", address = "127.0.0.1:0", http = (), service = "edge") ],
);
const edge :Workerd.Worker = (
  modules = [
    (name = "edge.js", esModule = embed "edge.js"),
    (name = "index.js", esModule = embed "index.js"),
  ],
  compatibilityDate = "2026-11-01",
  compatibilityFlags = ["nodejs_compat"],
  cacheApiOutbound = "cache",
  bindings = [
      (name = "SESSION_KEYS", text = "${SESSION_KEYS}"),
      ${vars}
      (name = "SEALING_KEY", text = "${SEALING_KEY}"),
      (name = "COUNTERS", durableObjectNamespace = "PlaybackCounters"),
      (name = "REVOCATIONS", durableObjectNamespace = "Revocations"),
      ${data}
  ],
  durableObjectNamespaces = [
      (className = "PlaybackCounters", uniqueKey = "counters", enableSql = true),
      (className = "Revocations", uniqueKey = "revocations", enableSql = true),
  ],
  durableObjectStorage = (inMemory = void),
);
const cache :Workerd.Worker = (
  modules = [ (name = "cache.js", esModule = embed "cache.js") ],
  compatibilityDate = "2026-11-01",
);
`;
}
