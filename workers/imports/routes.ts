import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { makeCursor, readCursor } from "#workers/http/paging.ts";
import {
  importFilterSchema,
  importListSchema,
  importParams,
  importSchema,
  newImportSchema,
} from "./contract.ts";
import { createImport } from "./create-import.ts";
import { toImport } from "./present.ts";
import { findImport, listImports } from "./store.ts";

const write = { tags: ["imports"], middleware: requireScope("uploads:write") };

const create = createRoute({
  tags: ["imports"],
  middleware: [requireScope("uploads:write"), jsonBody],
  method: "post",
  path: "/v1/imports",
  operationId: "createImport",
  summary: "Fetch a file from where it is, and make a video of it",
  description:
    "The file is fetched in ranges, resumed where it broke off, and plays as soon as it has arrived. A server that knows " +
    "no ranges is asked for the whole at once.",
  request: { body: { required: true, content: { "application/json": { schema: newImportSchema } } } },
  responses: {
    201: { description: "Begun.", content: { "application/json": { schema: importSchema } } },
    ...problems(
      "invalidJson",
      "unauthenticated",
      "forbidden",
      "bodyTooLarge",
      "unsupportedMediaType",
      "unprocessable",
      "encodingProfileUnknown",
      "quotaExceeded",
      "notFound",
      "conflict",
    ),
  },
});

const list = createRoute({
  ...write,
  method: "get",
  path: "/v1/imports",
  operationId: "listImports",
  summary: "List imports, newest first",
  request: { query: importFilterSchema },
  responses: {
    200: { description: "A page.", content: { "application/json": { schema: importListSchema } } },
    ...problems("invalidParameter", "invalidCursor", "unauthenticated", "forbidden"),
  },
});

const get = createRoute({
  ...write,
  method: "get",
  path: "/v1/imports/{importId}",
  operationId: "getImport",
  summary: "Get an import, with how far it is",
  request: { params: importParams },
  responses: {
    200: { description: "It.", content: { "application/json": { schema: importSchema } } },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const cancel = createRoute({
  ...write,
  method: "delete",
  path: "/v1/imports/{importId}",
  operationId: "cancelImport",
  summary: "Cancel an import",
  description: "What arrived is removed. The video stays, in state `error` with the code `uploadCancelled`.",
  request: { params: importParams },
  responses: {
    204: { description: "Nothing of it is left." },
    ...problems("unauthenticated", "forbidden", "notFound", "conflict"),
  },
});

const whyRefused = {
  notAUrl: "It is not a URL.",
  notHttps: "Files are fetched over https.",
  credentialsInUrl: "A name and password go into `headers`, not into the URL.",
  address: "A name is needed, not an address.",
  internalName: "The name is not one of the public Internet.",
  portNotAllowed: "The port is 443 or 8443.",
} as const;

export const importRoutes = apiRoutes()
  .openapi(create, async (c) => {
    const nowMs = Date.now();
    const created = await createImport(c.env, c.req.valid("json"), nowMs);
    if (!created.ok) {
      const { reason } = created;
      switch (reason.code) {
        case "targetRefused": {
          const detail = whyRefused[reason.why];
          return problem(c, "unprocessable", { detail, errors: [{ pointer: "/url", detail }] });
        }
        case "encodingProfileUnknown":
        case "quotaExceeded":
        case "notFound":
        case "conflict":
          return problem(c, reason.code, { detail: reason.detail });
        case "notImplemented":
        case "uploadTooLarge":
        case "unprocessable":
          // None of these can be said of a new video whose length nobody announced.
          throw new Error(`an import was refused as ${reason.code}`);
      }
    }
    const row = await findImport(c.env.DB, created.value);
    if (row === null) throw new Error("the import that was made is gone");
    return c.json(toImport(row, null), 201);
  })
  .openapi(list, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const query = JSON.stringify(["imports"]);
    const beforeId = cursor === undefined ? null : await readCursor(cursor, query);
    if (cursor !== undefined && beforeId === null) return problem(c, "invalidCursor");
    const { rows, more } = await listImports(c.env.DB, limit, beforeId);
    const lastId = rows.at(-1)?.import.id;
    const nextCursor = more && lastId !== undefined ? await makeCursor(lastId, query) : null;
    const data = await Promise.all(
      rows.map(async (row) => toImport(row, row.upload.state === "open" ? await live(c.env, row) : null)),
    );
    return c.json({ data, nextCursor }, 200);
  })
  .openapi(get, async (c) => {
    const row = await findImport(c.env.DB, c.req.valid("param").importId);
    return row === null ? problem(c, "notFound") : c.json(toImport(row, await live(c.env, row)), 200);
  })
  .openapi(cancel, async (c) => {
    const row = await findImport(c.env.DB, c.req.valid("param").importId);
    if (row === null) return problem(c, "notFound");
    const { uploadId } = row.import;
    if (
      row.upload.state === "completed" ||
      (await c.env.UPLOADS.getByName(uploadId).cancel()) === "completed"
    ) {
      return problem(c, "conflict", { detail: "The import is complete; delete its video instead." });
    }
    return c.body(null, 204);
  });

function live(
  env: Parameters<typeof createImport>[0],
  row: NonNullable<Awaited<ReturnType<typeof findImport>>>,
) {
  return env.UPLOADS.getByName(row.import.uploadId).view();
}
