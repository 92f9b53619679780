// How often somebody may ask, counted by the platform at each of its locations. A binding can be taken out of
// wrangler.toml: then nothing is counted by it.
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { masked, parseIp } from "./ip-block.ts";

/** The binding, and the variable that says of it what the binding itself does not tell. */
const limits = {
  ip: ["RATE_LIMIT_IP", "RATE_LIMIT_IP_QUOTA"],
  playbackId: ["RATE_LIMIT_PLAYBACK_ID", "RATE_LIMIT_PLAYBACK_ID_QUOTA"],
  apiKey: ["RATE_LIMIT_API_KEY", "RATE_LIMIT_API_KEY_QUOTA"],
  failedAuthentication: ["RATE_LIMIT_FAILED_AUTH", "RATE_LIMIT_FAILED_AUTH_QUOTA"],
} as const;

export type RateLimitName = keyof typeof limits;
export type RateLimitEnv = Pick<Env, (typeof limits)[RateLimitName][number]>;

export interface RateLimitPolicy {
  readonly policyName: RateLimitName;
  readonly limit: number;
  readonly periodSeconds: number;
}

const allowed = ok(null);

/** Of a null key nothing is known by which it could be counted. */
export async function takeToken(
  env: RateLimitEnv,
  policyName: RateLimitName,
  key: string | null,
): Promise<Result<null, RateLimitPolicy>> {
  const [bindingName, quotaName] = limits[policyName];
  const binding = env[bindingName];
  if (binding === undefined || key === null) return allowed;
  // Read before it is needed: a misspelled one shows at once, and not first in an attack.
  const quota = quotaOf(quotaName, env[quotaName]);
  try {
    const { success } = await binding.limit({ key });
    return success ? allowed : refuse({ policyName, ...quota });
  } catch (error) {
    // To count is less than to answer.
    logError("rateLimit.failed", error, { policyName });
    return allowed;
  }
}

/** Of a manifest; a promise only where something is limited. The address first: what one viewer asks too often must not use up what all others may. */
export function limitPlayback(
  env: RateLimitEnv,
  of: { readonly ip: string | null; readonly playbackId: string },
): Result<null, RateLimitPolicy> | Promise<Result<null, RateLimitPolicy>> {
  const unlimited = env.RATE_LIMIT_IP === undefined && env.RATE_LIMIT_PLAYBACK_ID === undefined;
  return unlimited ? allowed : takeBoth(env, of);
}

async function takeBoth(
  env: RateLimitEnv,
  { ip, playbackId }: { readonly ip: string | null; readonly playbackId: string },
): Promise<Result<null, RateLimitPolicy>> {
  const byAddress = await takeToken(env, "ip", addressKey(ip));
  return byAddress.ok ? takeToken(env, "playbackId", playbackId) : byAddress;
}

/** Called with the address of a request whose credential was refused. */
export function limitFailedAuthentication(
  env: RateLimitEnv,
  ip: string | null,
): Promise<Result<null, RateLimitPolicy>> {
  return takeToken(env, "failedAuthentication", addressKey(ip));
}

/** What one subscriber has: an IPv4 address, or the /64 of IPv6 in which every address is free to take. */
function addressKey(ip: string | null): string | null {
  const address = ip === null ? null : parseIp(ip);
  return address === null ? null : masked(address, 64).join();
}

/**
 * draft-ietf-httpapi-ratelimit-headers-11: `q` of a policy per `w` seconds, `r` left for `t` seconds. The binding does
 * not tell when it counts anew; after a whole period it has.
 */
export function rateLimitHeaders({ policyName, limit, periodSeconds }: RateLimitPolicy) {
  return {
    "Retry-After": String(periodSeconds),
    "RateLimit-Policy": `"${policyName}";q=${limit};w=${periodSeconds}`,
    RateLimit: `"${policyName}";r=0;t=${periodSeconds}`,
  };
}

/** What is allowed, whether or not it was exceeded; null where nothing counts. */
export function policyHeader(env: RateLimitEnv, policyName: RateLimitName): string | null {
  const [bindingName, quotaName] = limits[policyName];
  if (env[bindingName] === undefined) return null;
  const { limit, periodSeconds } = quotaOf(quotaName, env[quotaName]);
  return `"${policyName}";q=${limit};w=${periodSeconds}`;
}

interface Quota {
  readonly limit: number;
  readonly periodSeconds: number;
}

const quotas = new Map<string, Quota>();

/** `300/60`: 300 in 60 seconds. */
function quotaOf(name: string, setting: string | undefined): Quota {
  const text = setting ?? "";
  const known = quotas.get(text);
  if (known !== undefined) return known;
  const [, limit, period] = /^([1-9]\d{0,8})\/(10|60)$/.exec(text) ?? [];
  if (limit === undefined) throw new Error(`${name} is what the binding allows, as in 300/60`);
  const quota = { limit: Number(limit), periodSeconds: Number(period) };
  quotas.set(text, quota);
  return quota;
}
