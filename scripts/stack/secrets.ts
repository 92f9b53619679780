// The secrets of a deployment. Local stacks keep theirs in the data folder; `npm run deploy` puts the same
// kinds into the account.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Secrets {
  readonly SESSION_KEYS: string;
  readonly OBJECT_URL_KEY: string;
  readonly RUNNER_TOKEN: string;
  readonly METRICS_TOKEN: string;
}

const token = (bytes = 32) => randomBytes(bytes).toString("base64url");

export function newSecrets(): Secrets {
  return {
    SESSION_KEYS: `a:${token()}`,
    OBJECT_URL_KEY: token(),
    RUNNER_TOKEN: token(),
    METRICS_TOKEN: token(),
  };
}

/** Reads the secrets of a data folder, making them on the first call. Readable by their owner only. */
export function secretsOf(dataDirectory: string): Secrets {
  const path = join(dataDirectory, "secrets.json");
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as Secrets;
  mkdirSync(dataDirectory, { recursive: true });
  const secrets = newSecrets();
  writeFileSync(path, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}
