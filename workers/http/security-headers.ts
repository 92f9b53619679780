// What every answer of the API says to browsers.
import { createMiddleware } from "hono/factory";
import type { ApiEnv } from "./context.ts";

const headers = [
  ["X-Content-Type-Options", "nosniff"],
  // Read by a script that may (CORS) or by nobody: not as a picture or a script of another page.
  ["Cross-Origin-Resource-Policy", "same-origin"],
  // URLs of uploads and objects hold secrets.
  ["Referrer-Policy", "no-referrer"],
] as const;

export const securityHeaders = createMiddleware<ApiEnv>(async (c, next) => {
  await next();
  for (const [name, value] of headers) c.res.headers.set(name, value);
});
