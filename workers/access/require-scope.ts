import { createMiddleware } from "hono/factory";
import type { ApiEnv } from "#workers/http/context.ts";
import type { Scope } from "./scope.ts";
import { guardChange } from "#workers/http/guard-change.ts";
import { problemResponse } from "#workers/http/problem.ts";
import { authenticate, touchKey } from "./authenticate.ts";
import { callerOfCompared } from "./compared-request.ts";
import { limitFailedAuthentication, takeToken } from "./rate-limit.ts";
import { rateLimited } from "./rate-limited.ts";
import { viewerIpOf } from "./viewer-place.ts";

/** Sets `principal`, or answers 401, 403 or 429. `admin` may do everything. */
export function requireScope(scope: Scope) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const caller = callerOfCompared(c.req.raw);
    if (caller !== undefined) {
      c.set("principal", caller);
      return next();
    }
    const nowMs = Date.now();
    const authenticated = await authenticate(c.req.raw, c.env, nowMs);
    const requestId = c.var.requestId;
    if (!authenticated.ok) {
      if (authenticated.reason === "crossSite") return problemResponse("crossSiteRequest", { requestId });
      if (authenticated.reason === "invalid") {
        const counted = await limitFailedAuthentication(c.env, viewerIpOf(c.req.raw.headers));
        if (!counted.ok) return rateLimited(c, counted.reason);
      }
      // RFC 6750 3: a request without a credential is told the scheme only, a bad one also the error.
      const challenge =
        authenticated.reason === "missing"
          ? 'Bearer realm="sluice"'
          : 'Bearer realm="sluice", error="invalid_token"';
      return problemResponse("unauthenticated", { requestId, headers: { "WWW-Authenticate": challenge } });
    }
    const principal = authenticated.value;
    c.set("principal", principal);
    const counted = await takeToken(c.env, "apiKey", principal.keyId);
    if (!counted.ok) return rateLimited(c, counted.reason);
    c.executionCtx.waitUntil(touchKey(c.env.DB, principal.keyId, nowMs));
    if (!principal.scopes.includes(scope) && !principal.scopes.includes("admin")) {
      return problemResponse("forbidden", {
        requestId,
        detail: `This needs the scope ${scope}.`,
        headers: {
          "WWW-Authenticate": `Bearer realm="sluice", error="insufficient_scope", scope="${scope}"`,
        },
      });
    }
    return guardChange(c, next);
  });
}
