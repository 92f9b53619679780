// The operationId of what a request matched.
import type { OpenAPIHono } from "@hono/zod-openapi";
import { uploadPaths } from "#workers/uploads/described-paths.ts";
import type { ApiEnv } from "./context.ts";

/** Made at the first question: routes are mounted after middleware. */
export function operationsOf(api: () => OpenAPIHono<ApiEnv>) {
  let known: ReadonlyMap<string, string> | null = null;
  return (method: string, pattern: string): string | null => {
    known ??= new Map([
      ...api().openAPIRegistry.definitions.flatMap((definition) => {
        if (definition.type !== "route" || definition.route.operationId === undefined) return [];
        const { method: its, path, operationId } = definition.route;
        return [[nameOf(its, path), operationId] as const];
      }),
      ...Object.entries<Readonly<Record<string, { readonly operationId: string }>>>(uploadPaths).flatMap(
        ([path, item]) =>
          Object.entries(item).map(([its, { operationId }]) => [nameOf(its, path), operationId] as const),
      ),
    ]);
    return known.get(`${method} ${pattern}`) ?? null;
  };
}

const nameOf = (method: string, path: string): string =>
  `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`;
