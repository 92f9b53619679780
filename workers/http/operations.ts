// The operationId of what a request matched.
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ApiEnv } from "./context.ts";

/** Made at the first question: routes are mounted after middleware. */
export function operationsOf(api: () => OpenAPIHono<ApiEnv>) {
  let known: ReadonlyMap<string, string> | null = null;
  return (method: string, pattern: string): string | null => {
    known ??= new Map(
      api().openAPIRegistry.definitions.flatMap((definition) => {
        if (definition.type !== "route" || definition.route.operationId === undefined) return [];
        const path = definition.route.path.replaceAll(/\{(\w+)\}/g, ":$1");
        return [[`${definition.route.method.toUpperCase()} ${path}`, definition.route.operationId] as const];
      }),
    );
    return known.get(`${method} ${pattern}`) ?? null;
  };
}
