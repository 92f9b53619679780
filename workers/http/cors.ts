// Browsers call the API with a Bearer key or an upload URL, never with cookies: any origin may, without
// credentials. Set on success and on error alike, or a page can't read why it was refused.
import { createMiddleware } from "hono/factory";
import type { ApiEnv } from "./context.ts";

/** Also what tus clients read. */
const exposed = [
  "ETag",
  "Idempotent-Replayed",
  "Location",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "X-Request-Id",
  "Sluice-Video-Id",
  "Tus-Resumable",
  "Tus-Version",
  "Tus-Extension",
  "Tus-Max-Size",
  "Tus-Checksum-Algorithm",
  "Upload-Offset",
  "Upload-Length",
  "Upload-Defer-Length",
  "Upload-Expires",
  "Upload-Metadata",
  "Upload-Concat",
].join(", ");

/** `*` does not cover Authorization (Fetch standard, "CORS non-wildcard request-header name"). */
const allowed = [
  "Authorization",
  "Content-Type",
  "Idempotency-Key",
  "If-Match",
  "If-None-Match",
  "X-Request-Id",
  "Tus-Resumable",
  "Upload-Length",
  "Upload-Offset",
  "Upload-Defer-Length",
  "Upload-Metadata",
  "Upload-Checksum",
  "X-HTTP-Method-Override",
].join(", ");

export const cors = createMiddleware<ApiEnv>(async (c, next) => {
  const preflight = c.req.method === "OPTIONS" && c.req.header("Access-Control-Request-Method") !== undefined;
  if (preflight) c.res = new Response(null, { status: 204 });
  else await next();
  const { headers } = c.res;
  if (preflight) {
    headers.set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
    headers.set("Access-Control-Allow-Headers", allowed);
    headers.set("Access-Control-Max-Age", "86400");
  }
  headers.set("Access-Control-Allow-Origin", "*");
  headers.set("Access-Control-Expose-Headers", exposed);
});
