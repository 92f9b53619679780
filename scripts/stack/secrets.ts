// The secrets of a deployment. Local stacks keep theirs in the data folder; `npm run deploy` puts the same
// kinds into the account.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Secrets {
  readonly SESSION_KEYS: string;
  readonly SEALING_KEY: string;
  readonly OBJECT_URL_KEY: string;
  readonly RUNNER_TOKEN: string;
  readonly METRICS_TOKEN: string;
}

const token = (bytes = 32) => randomBytes(bytes).toString("base64url");

export function newSecrets(): Secrets {
  return {
    SESSION_KEYS: `a:${token()}`,
    SEALING_KEY: token(),
    OBJECT_URL_KEY: token(),
    RUNNER_TOKEN: token(),
    METRICS_TOKEN: token(),
  };
}

/** Reads the secrets of a data folder, making them on the first call. Readable by their owner only. */
export function secretsOf(dataDirectory: string): Secrets {
  const path = join(dataDirectory, "secrets.json");
  const stored = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Partial<Secrets>) : {};
  // A data folder of an earlier release lacks what was added since.
  const secrets = { ...newSecrets(), ...stored };
  if (Object.keys(secrets).every((name) => name in stored)) return secrets;
  mkdirSync(dataDirectory, { recursive: true });
  writeFileSync(path, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}
