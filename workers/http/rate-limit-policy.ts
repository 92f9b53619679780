// What the caller may ask, on every answer of the API: draft-ietf-httpapi-ratelimit-headers-11. How much of it is left
// the platform's counters do not tell, so `RateLimit` is on refusals alone.
import { createMiddleware } from "hono/factory";
import { policyHeader } from "#workers/access/rate-limit.ts";
import type { ApiEnv } from "./context.ts";

export const rateLimitPolicy = createMiddleware<ApiEnv>(async (c, next) => {
  await next();
  const { headers } = c.res;
  if (headers.has("RateLimit-Policy")) return;
  const policy = policyHeader(c.env, c.res.status === 401 ? "failedAuthentication" : "apiKey");
  if (policy !== null) headers.set("RateLimit-Policy", policy);
});
