import type { Context } from "hono";
import type { Env } from "#workers/env.ts";
import type { ApiEnv } from "./context.ts";
import { logError } from "./log.ts";

const answerWithinMs = 3_000;

const checks = {
  d1: (env: Env) => env.DB.prepare("SELECT 1").first(),
  r2: (env: Env) => env.MEDIA.head("healthz"),
} as const;

type Part = keyof typeof checks;

/** 200 when every part answers in time, else 503 that names those that don't. */
export async function health(c: Context<ApiEnv>): Promise<Response> {
  const parts = Object.keys(checks) as Part[];
  const answers = await Promise.all(parts.map((part) => answersInTime(part, c.env)));
  const failing = parts.filter((_, i) => answers[i] !== true);
  if (failing.length === 0) return c.json({ status: "ok" }, 200, { "Cache-Control": "no-store" });
  return c.json({ status: "failing", failing }, 503, { "Cache-Control": "no-store" });
}

async function answersInTime(part: Part, env: Env): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${part} did not answer in ${answerWithinMs} ms`)),
        answerWithinMs,
      );
    });
    await Promise.race([checks[part](env), late]);
    return true;
  } catch (error) {
    logError("health.failed", error, { part });
    return false;
  } finally {
    clearTimeout(timer);
  }
}
