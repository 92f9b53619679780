import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { originOf } from "#workers/http/origin.ts";
import { makeCursor, readCursor } from "#workers/http/paging.ts";
import {
  completionSchema,
  createdUploadSchema,
  newUploadSchema,
  partListSchema,
  uploadFilterSchema,
  uploadListSchema,
  uploadParams,
  uploadSchema,
} from "./contract.ts";
import { createUpload } from "./create-upload.ts";
import { toUpload, toUploadEntry, uploadUrl } from "./present.ts";
import { findUpload, listUploads } from "./store.ts";

const write = { tags: ["uploads"], middleware: requireScope("uploads:write") };

const create = createRoute({
  tags: ["uploads"],
  middleware: [requireScope("uploads:write"), jsonBody],
  method: "post",
  path: "/v1/uploads",
  operationId: "createUpload",
  summary: "Make an upload, and the video it is for",
  description:
    "The answer's `url` takes the file: by tus in chunks of any size, or by one PUT. For a tus client that " +
    "creates its uploads itself, the endpoint is /v1/uploads/tus.",
  request: { body: { required: true, content: { "application/json": { schema: newUploadSchema } } } },
  responses: {
    201: { description: "Made.", content: { "application/json": { schema: createdUploadSchema } } },
    ...problems(
      "invalidJson",
      "unauthenticated",
      "forbidden",
      "notFound",
      "conflict",
      "bodyTooLarge",
      "uploadTooLarge",
      "unsupportedMediaType",
      "unprocessable",
      "encodingProfileUnknown",
      "notImplemented",
      "quotaExceeded",
    ),
  },
});

const list = createRoute({
  ...write,
  method: "get",
  path: "/v1/uploads",
  operationId: "listUploads",
  summary: "List uploads, newest first",
  request: { query: uploadFilterSchema },
  responses: {
    200: { description: "A page.", content: { "application/json": { schema: uploadListSchema } } },
    ...problems("invalidParameter", "invalidCursor", "unauthenticated", "forbidden"),
  },
});

const get = createRoute({
  ...write,
  method: "get",
  path: "/v1/uploads/{uploadId}",
  operationId: "getUpload",
  summary: "Get an upload, with how far it is",
  request: { params: uploadParams },
  responses: {
    200: { description: "It.", content: { "application/json": { schema: uploadSchema } } },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const cancel = createRoute({
  ...write,
  method: "delete",
  path: "/v1/uploads/{uploadId}",
  operationId: "cancelUpload",
  summary: "Cancel an upload",
  description: "What arrived is removed. The video stays, in state `error` with the code `uploadCancelled`.",
  request: { params: uploadParams },
  responses: {
    204: { description: "Nothing of it is left." },
    ...problems("unauthenticated", "forbidden", "notFound", "conflict"),
  },
});

export const uploadRoutes = apiRoutes()
  .openapi(create, async (c) => {
    const nowMs = Date.now();
    const created = await createUpload(c.env, c.req.valid("json"), "", nowMs);
    if (!created.ok) {
      const { code, detail } = created.reason;
      return problem(c, code, { detail });
    }
    const { upload, secret } = created.value;
    const row = await findUpload(c.env.DB, upload.uploadId);
    if (row === null) return problem(c, "notFound");
    const url = uploadUrl(originOf(c.req.raw), upload.uploadId, secret);
    return c.json({ ...toUpload(row, upload), url }, 201);
  })
  .openapi(list, async (c) => {
    const { cursor, ...filter } = c.req.valid("query");
    // A cursor belongs to the filters it was made with; the page size may change on the way.
    const query = JSON.stringify(["uploads", filter.state ?? null, filter.videoId ?? null]);
    const beforeId = cursor === undefined ? null : await readCursor(cursor, query);
    if (cursor !== undefined && beforeId === null) return problem(c, "invalidCursor");
    const { rows, more } = await listUploads(c.env.DB, filter, beforeId);
    const lastId = rows.at(-1)?.id;
    const nextCursor = more && lastId !== undefined ? await makeCursor(lastId, query) : null;
    return c.json({ data: rows.map(toUploadEntry), nextCursor }, 200);
  })
  .openapi(get, async (c) => {
    const { uploadId } = c.req.valid("param");
    const row = await findUpload(c.env.DB, uploadId);
    if (row === null) return problem(c, "notFound");
    return c.json(toUpload(row, await c.env.UPLOADS.getByName(uploadId).view()), 200);
  })
  .openapi(cancel, async (c) => {
    const { uploadId } = c.req.valid("param");
    const row = await findUpload(c.env.DB, uploadId);
    if (row === null) return problem(c, "notFound");
    if (row.state === "completed" || (await c.env.UPLOADS.getByName(uploadId).cancel()) === "completed") {
      return problem(c, "conflict", { detail: "The upload is complete; delete its video instead." });
    }
    return c.body(null, 204);
  });

// Of the paths that are matched by hand.
uploadRoutes.openAPIRegistry.register("UploadParts", partListSchema);
uploadRoutes.openAPIRegistry.register("UploadCompletion", completionSchema);
