import type { Env } from "#workers/env.ts";

export type Scope = "admin" | "videos:read" | "videos:write" | "uploads:write";

/** Who is calling: an API key, by id. Never its secret. */
export interface Principal {
  readonly keyId: string;
  readonly scopes: readonly Scope[];
}

/** The Hono environment of every API route. */
export interface ApiEnv {
  Bindings: Env;
  Variables: { requestId: string; principal: Principal };
}
