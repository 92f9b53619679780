// Every answer that is not a route's own: unknown paths, wrong methods, what the framework throws, and
// what broke.
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { RouterRoute } from "hono/types";
import type { ApiEnv } from "./context.ts";
import { logError } from "./log.ts";
import { problemResponse, type ProblemCode } from "./problem.ts";

/** A framework's refusal keeps its status class; what broke is logged and answered bare. */
export function answerError(error: Error, c: Context<ApiEnv>): Response {
  const requestId = c.var.requestId;
  if (error instanceof HTTPException) {
    const code = codeOf(error.status);
    if (code !== null) return problemResponse(code, { requestId });
  }
  logError("http.unexpected", error, { requestId });
  return problemResponse("internal", { requestId });
}

function codeOf(status: number): ProblemCode | null {
  switch (status) {
    case 400:
      return "badRequest";
    case 404:
      return "notFound";
    case 413:
      return "bodyTooLarge";
    case 415:
      return "unsupportedMediaType";
    default:
      return null;
  }
}

/** 404, or 405 when the path exists for other methods: "The origin server MUST generate an Allow header
 * field in a 405 response" (RFC 9110 15.5.6). */
export function answerNotFound(c: Context<ApiEnv>, routes: readonly RouterRoute[]): Response {
  const requestId = c.var.requestId;
  const methods = methodsAt(c.req.path, routes);
  if (methods.length === 0) return problemResponse("notFound", { requestId });
  if (c.req.method === "OPTIONS")
    return new Response(null, { status: 204, headers: { Allow: methods.join(", ") } });
  return problemResponse("methodNotAllowed", { requestId, headers: { Allow: methods.join(", ") } });
}

function methodsAt(path: string, routes: readonly RouterRoute[]): readonly string[] {
  const methods = new Set<string>();
  for (const route of routes) {
    // Middleware is registered for ALL; it does not make a path exist.
    if (route.method === "ALL" || !patternOf(route.path).test(path)) continue;
    methods.add(route.method);
    if (route.method === "GET") methods.add("HEAD");
  }
  if (methods.size > 0) methods.add("OPTIONS");
  return [...methods].sort();
}

const patterns = new Map<string, RegExp>();

function patternOf(routePath: string): RegExp {
  let pattern = patterns.get(routePath);
  if (pattern === undefined) {
    const source = routePath
      .split("/")
      .map((part) => {
        const parameter = /^:[A-Za-z0-9_]+(?:\{(.+)\})?$/.exec(part);
        if (parameter !== null) return parameter[1] ?? "[^/]+";
        return part === "*" ? ".*" : part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
      })
      .join("/");
    pattern = new RegExp(`^${source}$`);
    patterns.set(routePath, pattern);
  }
  return pattern;
}
