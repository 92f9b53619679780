// One line and one count a request. The route's pattern, never the path: paths hold upload secrets and
// object tokens, queries may hold anything.
import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import { count } from "#workers/metrics/count.ts";
import type { ApiEnv } from "./context.ts";
import { log } from "./log.ts";
import { requestIdOf } from "./request-id.ts";

export const accessLog = createMiddleware<ApiEnv>(async (c, next) => {
  const startedMs = Date.now();
  const requestId = requestIdOf(c.req.raw);
  c.set("requestId", requestId);
  await next();
  c.res.headers.set("X-Request-Id", requestId);
  // An answer without a policy of its own is private: a cache in front would keep it for hours.
  if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
  // Middleware stands at wildcards; a route does not.
  const route = matchedRoutes(c).findLast((match) => !match.path.endsWith("*"))?.path ?? "unmatched";
  const status = c.res.status;
  log("info", "http.request", {
    requestId,
    method: c.req.method,
    route,
    status,
    ms: Date.now() - startedMs,
    keyId: c.var.principal?.keyId,
  });
  count(c.env, c.executionCtx, "http_requests_total", { route, class: `${Math.floor(status / 100)}xx` });
});
