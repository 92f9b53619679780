// The pages: static files, and the one thing that a deployment changes about them. Where playback has a host of its
// own, they are told which, and allowed to load from it.
import type { Env } from "#workers/env.ts";
import { withCard } from "#workers/embed/link-card.ts";
import { findShared } from "#workers/embed/shared-video.ts";
import { sitesOf } from "./host.ts";
import { problemResponse } from "./problem.ts";

export async function page(request: Request, env: Env): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname.startsWith("/watch/")) return watchPage(request, env);
  if (pathname === "/dashboard" || pathname.startsWith("/dashboard/")) return dashboardPage(request, env);
  return withPlaybackOrigin(await env.ASSETS.fetch(request), request, env);
}

/** Stricter than other pages: where a key is typed in, no style is inline either. Players are framed, with a policy of their own. */
const dashboardPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** One static file for all of its addresses: the script reads which page it is. */
async function dashboardPage(request: Request, env: Env): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return problemResponse("methodNotAllowed", { headers: { Allow: "GET, HEAD" } });
  }
  const asset = new Request(new URL("/dashboard", request.url), { method: request.method });
  const found = await env.ASSETS.fetch(asset);
  const headers = new Headers(found.headers);
  headers.set("Content-Security-Policy", dashboardPolicy);
  headers.set("Cache-Control", "no-store");
  headers.set("Referrer-Policy", "same-origin");
  headers.delete("ETag");
  return withPlaybackOrigin(new Response(found.body, { status: found.status, headers }), request, env);
}

/** One static file for every video: the script reads the playback id from the address. */
async function watchPage(request: Request, env: Env): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return problemResponse("methodNotAllowed", { headers: { Allow: "GET, HEAD" } });
  }
  const url = new URL(request.url);
  const [, playbackId] = /^\/watch\/([A-Za-z0-9_-]{22})\/?$/.exec(url.pathname) ?? [];
  const asset = playbackId !== undefined ? new URL("/watch", url) : url;
  const found = await env.ASSETS.fetch(new Request(asset, { method: request.method }));
  const headers = new Headers(found.headers);
  headers.set("Cache-Control", "no-store");
  headers.delete("ETag");
  const page = new Response(found.body, { status: found.status, headers });
  const shared = playbackId === undefined ? null : await findShared(env.DB, playbackId, Date.now());
  return withPlaybackOrigin(withCard(page, shared, sitesOf(request, env)), request, env);
}

function withPlaybackOrigin(found: Response, request: Request, env: Env): Response {
  const { api, playback } = sitesOf(request, env);
  if (playback === api || found.headers.get("Content-Type")?.startsWith("text/html") !== true) return found;
  const headers = new Headers(found.headers);
  const policy = headers.get("Content-Security-Policy");
  if (policy !== null) headers.set("Content-Security-Policy", allowing(playback, policy));
  // The tag names the file, not what is made of it.
  headers.delete("ETag");
  return new HTMLRewriter()
    .on("head", {
      element(head) {
        // An origin has no character that HTML knows.
        head.prepend(`<meta name="playback-origin" content="${playback}">`, { html: true });
      },
    })
    .transform(new Response(found.body, { status: found.status, headers }));
}

const loads = ["connect-src", "frame-src", "img-src", "media-src"];

/** The content security policy comes with the asset: web/public/_headers holds the one of every page. */
function allowing(origin: string, policy: string): string {
  return policy
    .split(";")
    .map((directive) =>
      loads.includes(directive.trim().split(" ", 1)[0] ?? "") ? `${directive} ${origin}` : directive,
    )
    .join(";");
}
