// The watch page is one static file for every video: the script reads the playback id from the address.
import type { Env } from "#workers/env.ts";
import { problemResponse } from "./problem.ts";

export async function watchPage(request: Request, env: Env): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return problemResponse("methodNotAllowed", { headers: { Allow: "GET, HEAD" } });
  }
  const url = new URL(request.url);
  const known = /^\/watch\/[A-Za-z0-9_-]{22}\/?$/.test(url.pathname);
  const asset = known ? new URL("/watch", url) : url;
  const page = await env.ASSETS.fetch(new Request(asset, { method: request.method }));
  const headers = new Headers(page.headers);
  // The content security policy comes with the asset: web/public/_headers holds the one of every page.
  headers.set("Cache-Control", "no-store");
  headers.delete("ETag");
  return new Response(page.body, { status: page.status, headers });
}
