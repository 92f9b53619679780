// Arguments and environment of the runner program.
import { availableParallelism, hostname } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ok, refuse, type Result } from "#workers/result.ts";

export interface Config {
  /** Origin of the Worker. */
  readonly url: string;
  readonly token: string;
  readonly workDir: string;
  readonly name: string;
  readonly cpus: number;
  /** Tasks at a time. More than one: sound, fetching and uploading need not wait for a film's encoders. */
  readonly slots: number;
  /** Sources kept on disk between tasks. */
  readonly cacheBytes: number;
  /** Null: no health endpoint. 0: any free port. */
  readonly healthPort: number | null;
  /** Stop when standard input ends: for whoever starts the runner as a child and may be killed. */
  readonly endWithStdin: boolean;
}

export const usage = `usage: sluice-runner --url ORIGIN --token TOKEN [--work-dir DIR] [--name NAME]
                     [--slots N] [--cache-bytes N] [--health-port PORT] [--end-with-stdin]
  or the environment: SLUICE_URL, SLUICE_RUNNER_TOKEN, SLUICE_WORK_DIR, SLUICE_RUNNER_NAME,
  SLUICE_SLOTS, SLUICE_CACHE_BYTES, SLUICE_HEALTH_PORT. Prefer it for the token: arguments are seen by every process.`;

const defaultCacheBytes = 8e9;

export function readConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Result<Config, string> {
  const given = parse(args);
  if (!given.ok) return given;
  const values = given.value;
  const url = values.url ?? env["SLUICE_URL"];
  const token = values.token ?? env["SLUICE_RUNNER_TOKEN"];
  if (!url || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    return refuse("--url (or SLUICE_URL) must be the http(s) origin of the Worker");
  }
  if (!token) return refuse("--token (or SLUICE_RUNNER_TOKEN) is missing");
  const cacheBytes = wholeNumber(values["cache-bytes"] ?? env["SLUICE_CACHE_BYTES"], defaultCacheBytes);
  const slots = wholeNumber(
    values.slots ?? env["SLUICE_SLOTS"],
    Math.max(2, Math.ceil(availableParallelism() / 4)),
  );
  const healthPort = wholeNumber(values["health-port"] ?? env["SLUICE_HEALTH_PORT"], null);
  if (!(slots >= 1 && slots <= 64)) return refuse("--slots must be a whole number from 1 to 64");
  if (Number.isNaN(cacheBytes) || Number.isNaN(healthPort) || (healthPort ?? 0) > 65_535) {
    return refuse("--cache-bytes and --health-port must be whole numbers");
  }
  return ok({
    url: new URL(url).origin,
    token,
    workDir: resolve(values["work-dir"] ?? env["SLUICE_WORK_DIR"] ?? "./sluice-work"),
    name: (values.name ?? env["SLUICE_RUNNER_NAME"] ?? `${hostname()}-${process.pid}`).slice(0, 64),
    cpus: availableParallelism(),
    slots,
    cacheBytes,
    healthPort,
    endWithStdin: values["end-with-stdin"] ?? false,
  });
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const options = {
    url: text,
    token: text,
    "work-dir": text,
    name: text,
    slots: text,
    "cache-bytes": text,
    "health-port": text,
    "end-with-stdin": { type: "boolean" },
  } as const;
  try {
    return ok(parseArgs({ args: [...args], options }).values);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber<T>(text: string | undefined, otherwise: T): number | T {
  if (text === undefined || text === "") return otherwise;
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
