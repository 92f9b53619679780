// The parts of a direct upload: where each goes, and that all are there. The upload's URL is itself the permission, as
// for tus.
import { Hono, type Context } from "hono";
import type { AuditActor } from "#workers/audit/entry.ts";
import type { ApiEnv } from "#workers/http/context.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { originOf } from "#workers/http/origin.ts";
import { problemResponse } from "#workers/http/problem.ts";
import { isId } from "#workers/ids.ts";
import type { BucketEndpoint } from "#workers/storage/bucket-endpoint.ts";
import { bucketEndpoint, presignPart } from "#workers/storage/presign.ts";
import { completionSchema, partRangeSchema } from "./contract.ts";
import { toUpload } from "./present.ts";
import type { DirectTarget, Refusal } from "./session.ts";
import { findUpload } from "./store.ts";

/** As long as a part may take on a slow line; never beyond the upload's own end. */
const longestUrlSeconds = 3_600;

export const directUploadRoutes = new Hono<ApiEnv>();

directUploadRoutes.get("/v1/uploads/:uploadId/:secret/parts", async (c) => {
  const uploadId = c.req.param("uploadId");
  const range = partRangeSchema.safeParse(c.req.query());
  if (!range.success)
    return answer(c, { code: "invalidParameter", detail: "from and count are whole numbers." });
  if (!isId("upload", uploadId)) return answer(c, unknown);
  const nowMs = Date.now();
  const found = await session(c, uploadId).target(c.req.param("secret"), nowMs, foreignOrigin(c));
  if (!found.ok) return answer(c, found.refusal);
  const at = bucketEndpoint(c.env);
  if (at === null)
    return answer(c, { code: "unavailable", detail: "The bucket's S3 endpoint is not set any more." });
  const { from, count } = range.data;
  const { partBytes, sizeBytes, expiresAtMs } = found.target;
  const partCount = Math.ceil(sizeBytes / partBytes);
  const seconds = Math.max(1, Math.min(longestUrlSeconds, Math.floor((expiresAtMs - nowMs) / 1_000)));
  const numbers = Array.from(
    { length: Math.max(0, Math.min(count, partCount - from + 1)) },
    (_, i) => from + i,
  );
  const parts = await Promise.all(numbers.map((number) => partOf(at, found.target, number, seconds)));
  const expiresAt = new Date(nowMs + seconds * 1_000).toISOString();
  return c.json({ partSizeBytes: partBytes, partCount, parts, expiresAt }, 200, {
    "Cache-Control": "no-store",
  });
});

directUploadRoutes.post("/v1/uploads/:uploadId/:secret/complete", jsonBody, async (c) => {
  const uploadId = c.req.param("uploadId");
  const body = completionSchema.safeParse(await c.req.json());
  if (!body.success) {
    const [issue] = body.error.issues;
    return answer(c, {
      code: "unprocessable",
      detail: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`,
    });
  }
  if (!isId("upload", uploadId)) return answer(c, unknown);
  // S3 puts quotes around an ETag in its header; R2's binding takes it without.
  const parts = body.data.parts.map(({ partNumber, etag }) => ({
    partNumber,
    etag: etag.replaceAll('"', ""),
  }));
  const completed = await session(c, uploadId).complete(
    c.req.param("secret"),
    parts,
    Date.now(),
    foreignOrigin(c),
  );
  if (!completed.ok) return answer(c, completed.refusal);
  c.set("auditActor", byItsUrl);
  const row = await findUpload(c.env.DB, uploadId);
  if (row === null) return answer(c, { code: "gone", detail: "The video was deleted." });
  return c.json(toUpload(row, completed.upload), 200, { "Cache-Control": "no-store" });
});

/** Nobody knows more of whoever holds it. */
export const byItsUrl = { kind: "uploadUrl", keyId: "" } as const satisfies AuditActor;

const unknown: Refusal = { code: "notFound", detail: "There is no such upload." };

async function partOf(
  at: BucketEndpoint,
  target: DirectTarget,
  partNumber: number,
  expiresInSeconds: number,
) {
  const offsetBytes = (partNumber - 1) * target.partBytes;
  const sizeBytes = Math.min(target.partBytes, target.sizeBytes - offsetBytes);
  const part = { key: target.objectKey, multipartId: target.multipartId, partNumber, sizeBytes };
  return { partNumber, offsetBytes, sizeBytes, url: await presignPart(at, part, expiresInSeconds) };
}

function session(c: Context<ApiEnv>, uploadId: string) {
  return c.env.UPLOADS.getByName(uploadId);
}

function answer(c: Context<ApiEnv>, { code, detail }: Refusal): Response {
  return problemResponse(code, { detail, requestId: c.var.requestId });
}

/** Our own pages are at home everywhere. */
export function foreignOrigin(c: Context<ApiEnv>): string | null {
  const origin = c.req.header("Origin") ?? null;
  return origin === originOf(c.req.raw) ? null : origin;
}
