import type { Env } from "#workers/env.ts";

/** Throws on a setting that can't be used: no bound would be a worse one. */
export function maxTokenSeconds({ MAX_TOKEN_SECONDS }: Pick<Env, "MAX_TOKEN_SECONDS">): number {
  const seconds = Number(MAX_TOKEN_SECONDS);
  if (!Number.isSafeInteger(seconds) || seconds <= 0)
    throw new Error("MAX_TOKEN_SECONDS is not a positive integer");
  return seconds;
}
