// Pure. What is wrong with the settings and secrets, each a sentence that never holds a value of a secret.
import type { Env } from "#workers/env.ts";
import { decodeBase64url } from "#workers/base64url.ts";

type Setting = string | undefined;

const wholeNumbers = [
  "MAX_BODY_BYTES",
  "MAX_UPLOAD_BYTES",
  "UPLOAD_EXPIRY_SECONDS",
  "MAX_CONTAINERS",
  "CONTAINER_SLOTS",
  "MAX_TOKEN_SECONDS",
  "DEFAULT_MAX_STREAMS",
  "AUDIT_LOG_DAYS",
  "WEBHOOK_DISABLE_AFTER_DAYS",
] as const;
const numbers = ["METRICS_FLUSH_SECONDS", "BEACON_SECONDS"] as const;
/** 0 switches them off. */
const offAtZero = ["SESSION_RECORDS_FLUSH_SECONDS"] as const;
const choices = {
  RUNNER_FLEET: ["container", "external"],
  MEDIA_CACHE: ["cacheApi", "workersCache"],
  REVOCATION_UNREACHABLE: ["open", "closed"],
  AUDIT_ADDRESS: ["truncated", "full", "none"],
} as const;
const quotas = [
  "RATE_LIMIT_IP_QUOTA",
  "RATE_LIMIT_PLAYBACK_ID_QUOTA",
  "RATE_LIMIT_API_KEY_QUOTA",
  "RATE_LIMIT_FAILED_AUTH_QUOTA",
] as const;
const s3 = ["R2_S3_ENDPOINT", "R2_S3_BUCKET", "R2_S3_ACCESS_KEY_ID", "R2_S3_SECRET_ACCESS_KEY"] as const;

export function faultsOfSettings(env: Env): readonly string[] {
  const faults: string[] = [];
  const check = (name: string, value: Setting, fits: (text: string) => boolean, is: string) => {
    if (value === undefined) faults.push(`${name} is not set.`);
    else if (!fits(value)) faults.push(`${name} is ${JSON.stringify(value.slice(0, 40))}, not ${is}.`);
  };
  for (const name of wholeNumbers)
    check(name, env[name], (text) => /^\d{1,15}$/.test(text), "a whole number");
  for (const name of numbers) {
    check(name, env[name], (text) => /^\d+(?:\.\d+)?$/.test(text) && Number(text) > 0, "a number above 0");
  }
  for (const name of offAtZero) check(name, env[name], (text) => /^\d+(?:\.\d+)?$/.test(text), "a number");
  for (const [name, allowed] of Object.entries(choices)) {
    const known: readonly string[] = allowed;
    check(name, env[name as keyof typeof choices], (text) => known.includes(text), known.join(" or "));
  }
  for (const name of quotas) {
    const value = env[name];
    if (value !== undefined) check(name, value, (text) => /^[1-9]\d*\/(?:10|60)$/.test(text), "as 300/60");
  }
  if (env.PLAYBACK_HOST) {
    const isHost = (text: string) => URL.canParse(`https://${text}`) && !/[/@\s?#]/.test(text);
    check("PLAYBACK_HOST", env.PLAYBACK_HOST, isHost, "a host");
  }
  if (env.OUTBOUND_ALLOW_PRIVATE) {
    check(
      "OUTBOUND_ALLOW_PRIVATE",
      env.OUTBOUND_ALLOW_PRIVATE,
      (text) => text === "true",
      "true or left out",
    );
  }
  if (env.DOH_URL) {
    const isResolver = (text: string) => URL.canParse(text) && new URL(text).protocol === "https:";
    check("DOH_URL", env.DOH_URL, isResolver, "an https URL");
  }
  if (env.DASHBOARD_SESSION_SECONDS !== undefined) {
    const lasts = (text: string) => /^\d{2,6}$/.test(text) && Number(text) >= 60 && Number(text) <= 604_800;
    check("DASHBOARD_SESSION_SECONDS", env.DASHBOARD_SESSION_SECONDS, lasts, "from 60 to 604800");
  }
  const given = s3.filter((name) => env[name]);
  if (given.length > 0 && given.length < s3.length) {
    faults.push(`Of the S3 endpoint only ${given.join(", ")} is set; it takes ${s3.join(", ")}.`);
  }
  return faults;
}

const minKeyBytes = 32;
const minTokenCharacters = 20;

export function faultsOfSecrets(env: Env): readonly string[] {
  const faults: string[] = [];
  const isKey = (text: string) => (decodeBase64url(text)?.length ?? 0) >= minKeyBytes;
  const key = (name: string, value: Setting) => {
    if (!value) faults.push(`${name} is not set.`);
    else if (!isKey(value)) faults.push(`${name} is not base64url of at least ${minKeyBytes} bytes.`);
  };
  key("SEALING_KEY", env.SEALING_KEY);
  key("OBJECT_URL_KEY", env.OBJECT_URL_KEY);
  const sessionKeys = (env.SESSION_KEYS || "").split(",").filter((entry) => entry !== "");
  const isSessionKey = (entry: string) =>
    /^[^:]+:/.test(entry.trim()) && isKey(entry.slice(entry.indexOf(":") + 1).trim());
  if (sessionKeys.length === 0) faults.push("SESSION_KEYS is not set.");
  else if (sessionKeys.length > 2 || !sessionKeys.every(isSessionKey))
    faults.push(`SESSION_KEYS is not one or two "id:base64url" of at least ${minKeyBytes} bytes.`);
  for (const name of ["RUNNER_TOKEN", "METRICS_TOKEN"] as const) {
    const value: Setting = env[name];
    if (!value) faults.push(`${name} is not set.`);
    else if (value.length < minTokenCharacters)
      faults.push(`${name} is shorter than ${minTokenCharacters} characters: it could be guessed.`);
  }
  if (env.RUNNER_TOKEN && env.RUNNER_TOKEN === env.METRICS_TOKEN)
    faults.push("RUNNER_TOKEN and METRICS_TOKEN are the same: who scrapes could claim tasks.");
  return faults;
}
