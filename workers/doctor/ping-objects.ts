// One question to each kind of Durable Object that has a place of its own; asking the others would make them.
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { counters } from "#workers/metrics/counters-client.ts";
import { within } from "#workers/within.ts";

const asked = {
  SCHEDULER: (env: Env) => env.SCHEDULER.getByName("board").stats(),
  REVOCATIONS: (env: Env) => env.REVOCATIONS.getByName("all").list(null, 1),
  EVENT_HUB: (env: Env) => env.EVENT_HUB.getByName("hub").since(Number.MAX_SAFE_INTEGER),
  COUNTERS: (env: Env) => counters(env, 0).read(),
  SESSION_RECORDS: (env: Env) => env.SESSION_RECORDS.getByName("0").find("doctor"),
} as const;

/** Null: it answered. */
export async function pingObjects(
  env: Env,
  limitMs: number,
): Promise<Readonly<Record<string, string | null>>> {
  const answers = Object.entries(asked).map(async ([name, ask]) => {
    try {
      await within(limitMs, Promise.resolve(ask(env)));
      return [name, null] as const;
    } catch (error) {
      logError("doctor.objectUnreachable", error, { object: name });
      return [name, error instanceof Error ? error.message.slice(0, 100) : "unknown"] as const;
    }
  });
  return Object.fromEntries(await Promise.all(answers));
}
