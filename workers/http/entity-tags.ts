// An ETag on every answer of JSON, and 304 for who has it already.
import { createMiddleware } from "hono/factory";
import { encodeBase64url } from "#workers/base64url.ts";
import type { ApiEnv } from "./context.ts";
import { entityTag, isKnown } from "./entity-tag.ts";

const digestBytes = 9;

export const entityTags = createMiddleware<ApiEnv>(async (c, next) => {
  await next();
  const { res } = c;
  const isJson = res.headers.get("Content-Type")?.startsWith("application/json") === true;
  if (!isJson || (res.status !== 200 && res.status !== 201) || res.headers.has("ETag")) return;
  const body = await res.clone().arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body), 0, digestBytes);
  const tag = entityTag(c.var.revision, encodeBase64url(digest));
  res.headers.set("ETag", tag);
  const known = c.req.header("If-None-Match");
  if (!["GET", "HEAD"].includes(c.req.method) || known === undefined || !isKnown(known, tag)) return;
  const headers = new Headers(res.headers);
  // RFC 9110 15.4.5: of what describes the content only what a cache is steered by.
  headers.delete("Content-Type");
  headers.delete("Content-Length");
  // Hono merges what is there into what is set.
  c.res = undefined;
  c.res = new Response(null, { status: 304, headers });
});
