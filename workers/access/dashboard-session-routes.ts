// Signing in to the dashboard and out of it. For our own pages alone, so it is no part of the API's description.
import { z } from "@hono/zod-openapi";
import { Hono, type Context } from "hono";
import { createMiddleware } from "hono/factory";
import { problem } from "#workers/http/api-routes.ts";
import type { ApiEnv } from "#workers/http/context.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { authenticate } from "./authenticate.ts";
import {
  closeSession,
  isOfOurPages,
  openSession,
  readSession,
  sessionCookie,
  sessionCookieIn,
  type DashboardSession,
} from "./dashboard-session.ts";
import { limitFailedAuthentication } from "./rate-limit.ts";
import { rateLimited } from "./rate-limited.ts";
import { viewerIpOf } from "./viewer-place.ts";

const path = "/dashboard/session";

const signInSchema = z.strictObject({ key: z.string().trim().min(1).max(256) });

/** Signing somebody in to another one's account is an attack too. */
const ownPagesOnly = createMiddleware<ApiEnv>(async (c, next) => {
  if (!isOfOurPages(c.req.raw)) return problem(c, "crossSiteRequest");
  return next();
});

export const dashboardSessionRoutes = new Hono<ApiEnv>()
  .post(path, ownPagesOnly, jsonBody, async (c) => {
    const body = signInSchema.safeParse(await c.req.json());
    if (!body.success) return problem(c, "unprocessable");
    const nowMs = Date.now();
    const caller = await authenticate(withKey(c.req.url, body.data.key), c.env, nowMs);
    if (!caller.ok) return refused(c);
    const value = await openSession(c.env, caller.value.keyId, nowMs);
    const session = await readSession(c.env, value, nowMs);
    if (session === null) return refused(c);
    c.set("auditActor", { kind: "dashboard", keyId: caller.value.keyId });
    c.header("Set-Cookie", sessionCookie(c.req.raw, value));
    return c.json(shown(session), 201);
  })
  .get(path, ownPagesOnly, async (c) => {
    const cookie = sessionCookieIn(c.req.raw);
    if (cookie === null) return problem(c, "unauthenticated");
    const session = await readSession(c.env, cookie, Date.now());
    return session === null ? refused(c) : c.json(shown(session));
  })
  .delete(path, ownPagesOnly, async (c) => {
    const cookie = sessionCookieIn(c.req.raw);
    if (cookie !== null) {
      const session = await readSession(c.env, cookie, Date.now());
      if (session !== null) c.set("auditActor", { kind: "dashboard", keyId: session.principal.keyId });
      await closeSession(c.env, cookie);
    }
    c.header("Set-Cookie", sessionCookie(c.req.raw, null));
    return c.body(null, 204);
  });

/** A call by this key, to be judged as any other. What is no header's value is no key. */
function withKey(url: string, key: string): Request {
  const shape = /^[\x21-\x7e]+$/;
  return new Request(url, { headers: { Authorization: shape.test(key) ? `Bearer ${key}` : "Bearer" } });
}

/** Counted as every credential that is not good. */
async function refused(c: Context<ApiEnv>) {
  const counted = await limitFailedAuthentication(c.env, viewerIpOf(c.req.raw.headers));
  return counted.ok ? problem(c, "unauthenticated") : rateLimited(c, counted.reason);
}

function shown({ principal, keyName, expiresMs }: DashboardSession) {
  const { keyId, scopes } = principal;
  return { keyId, keyName, scopes, expiresAt: new Date(expiresMs).toISOString() };
}
