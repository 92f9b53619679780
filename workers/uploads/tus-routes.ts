// tus 1.0 and the plain PUT. Creation takes an API key; everything after it goes to a URL that is itself the
// permission. CORS is the API's (http/cors.ts).
import { Hono, type Context } from "hono";
import { createMiddleware } from "hono/factory";
import { requireScope } from "#workers/access/require-scope.ts";
import type { ApiEnv } from "#workers/http/context.ts";
import { logError } from "#workers/http/log.ts";
import { originOf } from "#workers/http/origin.ts";
import { problemResponse, type ProblemCode } from "#workers/http/problem.ts";
import { isId } from "#workers/ids.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { checksumAlgorithms } from "./checksum.ts";
import { newUploadSchema, type NewUpload } from "./contract.ts";
import { createUpload } from "./create-upload.ts";
import type { WriteRequest } from "./decide.ts";
import { byItsUrl, foreignOrigin } from "./direct-routes.ts";
import { limitsOf } from "./limits.ts";
import { describedBy } from "./metadata.ts";
import { toUpload, uploadUrl } from "./present.ts";
import type { Refusal, UploadReply, UploadView } from "./session.ts";
import { findUpload } from "./store.ts";
import {
  methodOf,
  readCreation,
  readPatch,
  readPut,
  tusExtensions,
  tusVersion,
  versionRefusal,
  type CreationRequest,
} from "./tus.ts";

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** On every answer, refusals and those of other middleware included. */
const tusHeaders = createMiddleware<ApiEnv>(async (c, next) => {
  await next();
  c.res.headers.set("Tus-Resumable", tusVersion);
  // tus 1.0, HEAD: a cached offset would be a wrong one.
  c.res.headers.set("Cache-Control", "no-store");
});

export const tusRoutes = new Hono<ApiEnv>();
tusRoutes.on(["POST"], "/v1/uploads/tus", tusHeaders, requireScope("uploads:write"), create);
tusRoutes.on(["OPTIONS"], "/v1/uploads/tus", tusHeaders, capabilities);
tusRoutes.on(methods, "/v1/uploads/:uploadId/:secret", tusHeaders, upload);

/** tus 1.0, OPTIONS: what this server can do. */
function capabilities(c: Context<ApiEnv>): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "Tus-Version": tusVersion,
      "Tus-Extension": tusExtensions,
      "Tus-Max-Size": String(limitsOf(c.env).maxUploadBytes),
      "Tus-Checksum-Algorithm": checksumAlgorithms,
    },
  });
}

async function create(c: Context<ApiEnv>): Promise<Response> {
  const { headers } = c.req.raw;
  const version = versionRefusal(headers);
  if (version !== null) return answer(c, version);
  const creation = readCreation(headers, limitsOf(c.env));
  if (!creation.ok) return answer(c, creation.reason);
  const wanted = wantedBy(creation.value);
  if (!wanted.ok) return answer(c, wanted.reason);

  const nowMs = Date.now();
  const created = await createUpload(c.env, wanted.value, creation.value.rawMetadata, nowMs);
  if (!created.ok) return answer(c, created.reason);
  const { secret } = created.value;
  let view = created.value.upload;
  const { firstChunk } = creation.value;
  if (firstChunk !== null && view.state === "open") {
    const written = await write(c, view.uploadId, secret, firstChunk);
    // The upload is there, but its URL would be lost with a refusal: the client starts over.
    if (!written.ok) return answer(c, written.refusal);
    view = written.upload;
  }
  return new Response(null, {
    status: 201,
    headers: {
      Location: uploadUrl(originOf(c.req.raw), view.uploadId, secret),
      "Sluice-Video-Id": view.videoId,
      "Upload-Expires": expiresOf(view),
      ...(firstChunk === null ? {} : { "Upload-Offset": String(view.offsetBytes) }),
    },
  });
}

function wantedBy(creation: CreationRequest): Result<NewUpload, Refusal> {
  const described = describedBy(creation.metadata);
  const parsed = newUploadSchema.safeParse({ ...described, sizeBytes: creation.sizeBytes });
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  const detail = `Upload-Metadata: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`;
  return refuse({ code: "invalidParameter", detail });
}

async function upload(c: Context<ApiEnv>): Promise<Response> {
  const request = c.req.raw;
  const uploadId = c.req.param("uploadId") ?? "";
  const secret = c.req.param("secret") ?? "";
  const method = methodOf(request.method, request.headers);
  if (method === "OPTIONS") return capabilities(c);
  if (!isId("upload", uploadId)) return answer(c, { code: "notFound", detail: "There is no such upload." });
  const limits = limitsOf(c.env);
  if (method === "PUT") {
    const put = readPut(request.headers, limits);
    return put.ok ? answerPut(c, uploadId, secret, put.value) : answer(c, put.reason);
  }
  if (method !== "HEAD" && method !== "PATCH" && method !== "DELETE") {
    const headers = { Allow: "HEAD, PATCH, PUT, DELETE, OPTIONS" };
    return problemResponse("methodNotAllowed", { requestId: c.var.requestId, headers });
  }
  const version = versionRefusal(request.headers);
  if (version !== null) return answer(c, version);
  if (method === "HEAD")
    return answerHead(c, await session(c, uploadId).head(secret, Date.now(), foreignOrigin(c)));
  if (method === "DELETE") {
    const refusal = await session(c, uploadId).terminate(secret, Date.now(), foreignOrigin(c));
    if (refusal !== null) return answer(c, refusal);
    c.set("auditActor", byItsUrl);
    return new Response(null, { status: 204 });
  }
  const patch = readPatch(request.headers, limits);
  return patch.ok ? answerPatch(c, uploadId, secret, patch.value) : answer(c, patch.reason);
}

async function answerPatch(
  c: Context<ApiEnv>,
  uploadId: string,
  secret: string,
  patch: WriteRequest,
): Promise<Response> {
  const written = await write(c, uploadId, secret, patch);
  if (!written.ok) return answer(c, written.refusal);
  const { upload: view } = written;
  // Of the pieces of a file the last one changes something.
  if (view.state !== "open") c.set("auditActor", byItsUrl);
  const headers = { "Upload-Offset": String(view.offsetBytes), "Upload-Expires": expiresOf(view) };
  return new Response(null, { status: 204, headers });
}

function answerHead(c: Context<ApiEnv>, found: UploadReply): Response {
  // tus 1.0, HEAD: a refusal carries no Upload-Offset. And no answer to a HEAD carries a body.
  if (!found.ok) return new Response(null, answer(c, found.refusal));
  const { upload: view } = found;
  const length =
    view.sizeBytes === null ? { "Upload-Defer-Length": "1" } : { "Upload-Length": String(view.sizeBytes) };
  return new Response(null, {
    status: 200,
    headers: {
      "Upload-Offset": String(view.offsetBytes),
      "Upload-Expires": expiresOf(view),
      "Sluice-Video-Id": view.videoId,
      ...length,
      ...(view.rawMetadata === "" ? {} : { "Upload-Metadata": view.rawMetadata }),
    },
  });
}

async function answerPut(
  c: Context<ApiEnv>,
  uploadId: string,
  secret: string,
  put: WriteRequest,
): Promise<Response> {
  const written = await write(c, uploadId, secret, put);
  if (!written.ok) return answer(c, written.refusal);
  c.set("auditActor", byItsUrl);
  const row = await findUpload(c.env.DB, uploadId);
  if (row === null) return answer(c, { code: "gone", detail: "The video was deleted." });
  return Response.json(toUpload(row, written.upload));
}

/** A deploy or a move restarts an object in mid-body: the client asks for the offset and goes on. */
async function write(
  c: Context<ApiEnv>,
  uploadId: string,
  secret: string,
  request: WriteRequest,
): Promise<UploadReply> {
  try {
    return await session(c, uploadId).write(secret, request, c.req.raw.body, Date.now(), foreignOrigin(c));
  } catch (error) {
    logError("upload.interrupted", error, { uploadId, requestId: c.var.requestId });
    return { ok: false, refusal: { code: "unavailable", detail: "The upload was interrupted on our side." } };
  }
}

function session(c: Context<ApiEnv>, uploadId: string) {
  return c.env.UPLOADS.getByName(uploadId);
}

/** RFC 9110 5.6.7, as tus 1.0 asks for Upload-Expires. */
function expiresOf(view: UploadView): string {
  return new Date(view.expiresAtMs).toUTCString();
}

const retrySoon: Partial<Record<ProblemCode, string>> = { uploadLocked: "2", unavailable: "5" };

function answer(c: Context<ApiEnv>, { code, detail }: Refusal): Response {
  const retryAfter = retrySoon[code];
  const headers = {
    ...(retryAfter === undefined ? {} : { "Retry-After": retryAfter }),
    ...(code === "tusVersionUnsupported" ? { "Tus-Version": tusVersion } : {}),
  };
  return problemResponse(code, { detail, headers, requestId: c.var.requestId });
}
