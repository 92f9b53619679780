// What stands between a caller who may and a handler that changes something. Called by requireScope, since whose
// idempotency key it is must be known, and a stranger is told nothing of a resource.
import type { Context, Next } from "hono";
import type { ApiEnv } from "./context.ts";
import { onlyOnce } from "./idempotency.ts";
import { onlyIfUnchanged } from "./preconditions.ts";

export function guardChange(c: Context<ApiEnv>, next: Next): Promise<Response | void> {
  switch (c.req.method) {
    case "POST":
      return onlyOnce(c, next);
    case "PATCH":
    case "PUT":
    case "DELETE":
      return onlyIfUnchanged(c, next);
    default:
      return next();
  }
}
