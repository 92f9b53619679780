// What a runner does to stored objects, by signed URL: ranged reads of a source, and writes that create.
// The grant decides everything; the answers say nothing about keys.
import type { Env } from "#workers/env.ts";
import { log } from "#workers/http/log.ts";
import { problemResponse } from "#workers/http/problem.ts";
import { decideRange } from "#workers/playback/range.ts";
import { verifyGrant, type ObjectGrant } from "./object-url.ts";
import { runnerTokenStands } from "./runner-token-check.ts";

type ReadGrant = Extract<ObjectGrant, { method: "GET" }>;
type WriteGrant = Extract<ObjectGrant, { method: "PUT" }>;

/** On 412: how long the object is that is already there, so that a repeated upload can be recognised. */
export const objectSizeHeader = "Sluice-Object-Size";

export async function handleObject(
  request: Request,
  env: Env,
  token: string,
  requestId: string,
  nowMs: number,
): Promise<Response> {
  const grant = await verifyGrant(env.OBJECT_URL_KEY, token, nowMs);
  if (!grant.ok)
    return problemResponse("forbidden", { requestId, detail: `The object URL is ${grant.reason}.` });
  const { method: allowed, tokenId } = grant.value;
  if (tokenId !== undefined && !(await runnerTokenStands(env.DB, tokenId, nowMs))) {
    return problemResponse("forbidden", { requestId, detail: "The runner token has ended." });
  }
  if (request.method !== allowed) {
    return problemResponse("methodNotAllowed", { requestId, headers: { Allow: allowed } });
  }
  switch (grant.value.method) {
    case "GET":
      return read(request, env, grant.value, requestId);
    case "PUT":
      return write(request, env, grant.value, requestId);
  }
}

async function read(request: Request, env: Env, grant: ReadGrant, requestId: string): Promise<Response> {
  const { key, sizeBytes } = grant;
  // No If-Range: a runner compares the ETags of what it is given itself.
  const range = decideRange(request.headers.get("Range"), null, sizeBytes, "");
  // What strangers uploaded: whoever opens such a URL in a browser gets a file, never a page.
  const shared = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "no-store",
    "Content-Disposition": "attachment",
  };
  if (range.kind === "unsatisfiable") {
    const headers = { ...shared, "Content-Range": `bytes */${sizeBytes}` };
    return problemResponse("rangeNotSatisfiable", { requestId, headers });
  }
  const [offset, length] = range.kind === "whole" ? [0, sizeBytes] : [range.offsetBytes, range.sizeBytes];
  const object = await env.MEDIA.get(key, { range: { offset, length } });
  // Another size is another file: the plan was made for bytes that are gone.
  if (object?.size !== sizeBytes) {
    await object?.body.cancel();
    return problemResponse("notFound", { requestId });
  }
  const body = object.body.pipeThrough(new FixedLengthStream(length));
  const headers = {
    ...shared,
    "Content-Type": "application/octet-stream",
    "Content-Length": String(length),
    ETag: object.httpEtag,
  };
  if (range.kind === "whole") return new Response(body, { headers });
  const contentRange = `bytes ${offset}-${offset + length - 1}/${sizeBytes}`;
  return new Response(body, { status: 206, headers: { ...headers, "Content-Range": contentRange } });
}

async function write(request: Request, env: Env, grant: WriteGrant, requestId: string): Promise<Response> {
  const length = request.headers.get("Content-Length");
  // R2 takes no stream of unknown length, and a chunked body hides its size until it is read.
  if (length === null || !/^\d+$/.test(length) || request.body === null) {
    return problemResponse("badRequest", {
      requestId,
      detail: "The upload needs a body with a Content-Length.",
    });
  }
  const sizeBytes = Number(length);
  if (sizeBytes > grant.maxBytes) {
    return problemResponse("bodyTooLarge", {
      requestId,
      detail: `At most ${grant.maxBytes} bytes are expected.`,
    });
  }
  const board = env.SCHEDULER.getByName("board");
  if (!(await board.mayWrite(grant.taskId, grant.attempt)))
    return problemResponse("leaseLost", { requestId });

  const stored = await env.MEDIA.put(grant.key, request.body.pipeThrough(new FixedLengthStream(sizeBytes)), {
    onlyIf: { etagDoesNotMatch: "*" },
    httpMetadata: { contentType: contentTypeOf(grant.key) },
  });
  if (stored === null) return existing(env, grant.key, requestId);
  // The lease may have ended while the bytes came in, and whoever removes what lost may have passed already.
  if (!(await board.mayWrite(grant.taskId, grant.attempt))) {
    await env.MEDIA.delete(grant.key);
    log("info", "lateObjectRemoved", { requestId, taskId: grant.taskId, attempt: grant.attempt });
    return problemResponse("leaseLost", { requestId });
  }
  return new Response(null, { status: 201, headers: { ETag: stored.httpEtag, "Cache-Control": "no-store" } });
}

async function existing(env: Env, key: string, requestId: string): Promise<Response> {
  const object = await env.MEDIA.head(key);
  const headers: HeadersInit = object === null ? {} : { [objectSizeHeader]: String(object.size) };
  return problemResponse("objectExists", { requestId, headers });
}

function contentTypeOf(key: string): string {
  if (key.endsWith(".m4s")) return "video/mp4";
  if (key.endsWith(".jpg")) return "image/jpeg";
  return "application/octet-stream";
}
