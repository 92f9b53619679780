import type { Principal } from "#workers/access/scope.ts";
import type { Env } from "#workers/env.ts";

/** The Hono environment of every API route. */
export interface ApiEnv {
  Bindings: Env;
  Variables: { requestId: string; principal: Principal };
}
