// 429 of the API, counted by what was exceeded.
import type { Context, TypedResponse } from "hono";
import { problem, type Problem } from "#workers/http/api-routes.ts";
import type { ApiEnv } from "#workers/http/context.ts";
import { count } from "#workers/metrics/count.ts";
import { rateLimitHeaders, type RateLimitPolicy } from "./rate-limit.ts";

export function rateLimited(
  c: Context<ApiEnv>,
  policy: RateLimitPolicy,
): Response & TypedResponse<Problem, 429, "json"> {
  count(c.env, c.executionCtx, "api_rate_limited_total", { policy: policy.policyName });
  return problem(c, "rateLimited", { headers: rateLimitHeaders(policy) });
}
