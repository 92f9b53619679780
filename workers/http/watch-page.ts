// The watch page is one static file for every video: the script reads the playback id from the address.
import type { Env } from "#workers/env.ts";
import { problemResponse } from "./problem.ts";

// hls.js runs its demuxer in a blob worker and feeds a blob URL; the player's shadow roots carry <style>.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join("; ");

export async function watchPage(request: Request, env: Env): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return problemResponse("methodNotAllowed", { headers: { Allow: "GET, HEAD" } });
  }
  const url = new URL(request.url);
  const known = /^\/watch\/[A-Za-z0-9_-]{22}\/?$/.test(url.pathname);
  const asset = known ? new URL("/watch", url) : url;
  const page = await env.ASSETS.fetch(new Request(asset, { method: request.method }));
  const headers = new Headers(page.headers);
  headers.set("Content-Security-Policy", policy);
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "strict-origin-when-cross-origin");
  headers.set("Cache-Control", "no-store");
  headers.delete("ETag");
  return new Response(page.body, { status: page.status, headers });
}
