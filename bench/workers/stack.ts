// Stands before the built Worker on the local stack: what the same bindings give a Worker that does nothing
// else. Under a prefix that is the Worker's, so that requests come the same way, and no playback id's.
import product from "#workers/index.ts";
import type { Env } from "#workers/env.ts";
import type { OutboxMessage } from "#workers/outbox/outbox.ts";

export * from "#workers/index.ts";

const prefix = "/p/~bench/";

async function baseline(
  request: Request,
  { MEDIA }: Env,
  ctx: ExecutionContext,
  { pathname, searchParams }: URL,
): Promise<Response> {
  const key = searchParams.get("key") ?? "";
  const uploadId = searchParams.get("uploadId") ?? "";
  const number = (name: string) => Number(searchParams.get(name));
  switch (pathname.slice(prefix.length)) {
    case "range": {
      const object = await MEDIA.get(key, { range: { offset: number("offset"), length: number("length") } });
      return object === null ? new Response(null, { status: 404 }) : new Response(object.body);
    }
    case "fill": {
      const cacheKey = `https://cache.invalid/bench/${searchParams.get("name")}`;
      const hit = await caches.default.match(cacheKey);
      if (hit !== undefined) return hit;
      const object = await MEDIA.get(key, { range: { offset: number("offset"), length: number("length") } });
      if (object === null) return new Response(null, { status: 404 });
      const bytes = await object.arrayBuffer();
      const headers = { "Content-Length": String(bytes.byteLength), "Cache-Control": "public, max-age=3600" };
      ctx.waitUntil(caches.default.put(cacheKey, new Response(bytes, { headers })));
      return new Response(bytes);
    }
    case "create":
      return Response.json({ uploadId: (await MEDIA.createMultipartUpload(key)).uploadId });
    case "parts":
      return Response.json(await putParts(request, MEDIA, { key, uploadId, first: number("first") }));
    case "complete":
      await MEDIA.resumeMultipartUpload(key, uploadId).complete(await request.json());
      return new Response(null, { status: 204 });
    default:
      return new Response(null, { status: 404 });
  }
}

const partBytes = 8 * 1024 * 1024;

/** A body as parts of the size that the product makes. */
async function putParts(
  { body }: Request,
  bucket: R2Bucket,
  { key, uploadId, first }: { readonly key: string; readonly uploadId: string; readonly first: number },
): Promise<readonly R2UploadedPart[]> {
  if (body === null) return [];
  const multipart = bucket.resumeMultipartUpload(key, uploadId);
  const reader = (body as ReadableStream<Uint8Array>).getReader({ mode: "byob" });
  const parts: R2UploadedPart[] = [];
  for (;;) {
    const { value, done } = await reader.readAtLeast(partBytes, new Uint8Array(partBytes));
    if (value !== undefined && value.length > 0) {
      parts.push(await multipart.uploadPart(first + parts.length, value));
    }
    if (done) return parts;
  }
}

export default {
  ...product,
  fetch: (request, env, ctx) => {
    const url = new URL(request.url);
    return url.pathname.startsWith(prefix)
      ? baseline(request, env, ctx, url)
      : product.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env, OutboxMessage>;
