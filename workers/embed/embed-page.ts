// /p/{playbackId}/embed: the player alone, to be framed by the pages that may show the video. It is of one origin with
// the video, so what the player asks for is known to come from here (access/viewer-place.ts), and here is checked who
// frames it: by the browser, which heeds `frame-ancestors`, and by what the browser says of the request.
import { matchesHost, pageHostOf, parseHostPattern } from "#workers/access/page-host.ts";
import type { Env } from "#workers/env.ts";
import { sitesOf } from "#workers/http/host.ts";
import { problemResponse } from "#workers/http/problem.ts";
import { frameAncestors, framingOf } from "./frame-ancestors.ts";
import { withCard } from "./link-card.ts";
import { findShared, type SharedVideo } from "./shared-video.ts";

const embedPath = /^\/p\/([A-Za-z0-9_-]{16,64})\/embed$/;

export function embeddedIdIn(pathname: string): string | null {
  return embedPath.exec(pathname)?.[1] ?? null;
}

export async function embedPage(request: Request, env: Env, playbackId: string): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return problemResponse("methodNotAllowed", { headers: { Allow: "GET, HEAD" } });
  }
  const shared = await findShared(env.DB, playbackId, Date.now());
  if (shared !== null && !mayShow(request.headers, shared)) {
    const detail = "This page may not show the video: its owner allows other sites.";
    return problemResponse("originNotAllowed", { detail });
  }
  const asset = await env.ASSETS.fetch(
    new Request(new URL("/embed", request.url), { method: request.method }),
  );
  const headers = new Headers(asset.headers);
  const ancestors = frameAncestors(shared?.restrictions ?? {});
  headers.set("Content-Security-Policy", framedBy(headers.get("Content-Security-Policy") ?? "", ancestors));
  // A token may be in the address: nobody keeps the page, and no other site is told where it was.
  headers.set("Cache-Control", "no-store");
  headers.set("Referrer-Policy", "same-origin");
  headers.delete("ETag");
  const status = asset.ok && shared === null ? 404 : asset.status;
  return withCard(new Response(asset.body, { status, headers }), shared, sitesOf(request, env));
}

/** `frame-ancestors` can't say that a page must be framed at all. */
function mayShow(
  headers: Headers,
  { restrictions: { allowedOrigins, allowNoOrigin = true } }: SharedVideo,
): boolean {
  if (allowedOrigins === undefined) return true;
  switch (framingOf(headers)) {
    case "framed":
      return true;
    case "alone":
      return false;
    case "unknown": {
      const pageHost = pageHostOf(null, headers.get("Referer"));
      if (pageHost === null) return allowNoOrigin;
      return allowedOrigins.some((text) => {
        const host = parseHostPattern(text);
        return host !== null && matchesHost(pageHost, host);
      });
    }
  }
}

/** The policy of all pages comes with the asset; who may frame this one is its own. */
function framedBy(policy: string, ancestors: string): string {
  const others = policy.split(";").filter((directive) => !directive.trim().startsWith("frame-ancestors"));
  return [...others, ` frame-ancestors ${ancestors}`].join(";");
}
