// Notes who changed what, or was refused to. A request without a good credential is not noted: strangers must not be
// able to fill the database; nor is one over its rate. It is written before the answer goes out; if it can't be, the
// change stands, and the log and a counter say so.
import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import { viewerIpOf } from "#workers/access/viewer-place.ts";
import type { ApiEnv } from "#workers/http/context.ts";
import { logError } from "#workers/http/log.ts";
import { count } from "#workers/metrics/count.ts";
import {
  idsIn,
  keptAddress,
  keptUserAgent,
  pathWithout,
  resourcesOf,
  type AuditActor,
  type AuditEntry,
} from "./entry.ts";
import { insertAudit } from "./store.ts";
import type { Context } from "hono";

const changes = new Set(["POST", "PUT", "PATCH", "DELETE"]);
/** Nothing is changed by it: who opens a page asks for one again and again. */
const noChanges = new Set(["/v1/events/tickets"]);

/** `operationAt`: the operationId of a method at a path pattern, or null. */
export const auditLog = (operationAt: (method: string, pattern: string) => string | null) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    await next();
    const actor = c.var.auditActor ?? principalOf(c);
    if (!changes.has(c.req.method) || actor === null) return;
    if (c.res.status === 429 || c.var.replayed === true || noChanges.has(c.req.path)) return;
    try {
      await insertAudit(c.env.DB, await entryOf(c, actor, operationAt), Date.now());
    } catch (error) {
      logError("audit.failed", error, { requestId: c.var.requestId });
      count(c.env, c.executionCtx, "audit_failures_total");
    }
  });

/** A dashboard's requests carry its cookie and no key. */
function principalOf(c: Context<ApiEnv>): AuditActor | null {
  if (c.var.principal === undefined) return null;
  const kind = c.req.header("Authorization") === undefined ? "dashboard" : "apiKey";
  return { kind, keyId: c.var.principal.keyId };
}

async function entryOf(
  c: Context<ApiEnv>,
  actor: AuditActor,
  operationAt: (method: string, pattern: string) => string | null,
): Promise<AuditEntry> {
  const at = matchedRoutes(c).findLastIndex((match) => !match.path.endsWith("*"));
  const pattern = matchedRoutes(c)[at]?.path ?? "";
  const parameters = parametersOf(pattern, c.req.path);
  const body = await jsonOf(c.res);
  const { status } = c.res;
  return {
    actor,
    operation: operationAt(c.req.method, pattern) ?? `${c.req.method} ${pattern}`,
    method: c.req.method,
    path: pathWithout(pattern, parameters),
    resources: resourcesOf(parameters, status < 400 ? idsIn(body) : []),
    status,
    code: status < 400 ? null : codeIn(body),
    requestId: c.var.requestId,
    address: keptAddress(viewerIpOf(c.req.raw.headers), c.env.AUDIT_ADDRESS),
    userAgent: keptUserAgent(c.req.header("User-Agent")),
  };
}

/** Of the last route that matched: what Hono tells here are those of the first, which is a middleware. */
function parametersOf(pattern: string, path: string): Readonly<Record<string, string>> {
  const values = path.split("/");
  return Object.fromEntries(
    pattern.split("/").flatMap((part, at) => {
      const name = /^:([A-Za-z0-9_]+)/.exec(part)?.[1];
      return name === undefined ? [] : [[name, decoded(values[at] ?? "")]];
    }),
  ) as Record<string, string>;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function jsonOf(response: Response): Promise<unknown> {
  if (response.headers.get("Content-Type")?.includes("json") !== true) return null;
  return response.clone().json();
}

function codeIn(body: unknown): string | null {
  if (typeof body !== "object" || body === null || !("code" in body)) return null;
  return typeof body.code === "string" ? body.code : null;
}
