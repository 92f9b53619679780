import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { seal } from "#workers/access/sealing.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { makeCursor, readCursor } from "#workers/http/paging.ts";
import { newId } from "#workers/ids.ts";
import { findEncoding } from "#workers/transcoding/profile-store.ts";
import { advance, sealName } from "./advance.ts";
import {
  accountImportFilter,
  accountImportListSchema,
  accountImportParams,
  accountImportSchema,
  broughtVideoListSchema,
  newAccountImportSchema,
} from "./contract.ts";
import { toAccountImport, toBroughtVideo } from "./present.ts";
import {
  countsOf,
  end,
  findAccountImport,
  insertAccountImport,
  listAccountImports,
  listBrought,
} from "./store.ts";

const scope = { tags: ["imports"], middleware: requireScope("uploads:write") };

const create = createRoute({
  tags: ["imports"],
  middleware: [requireScope("uploads:write"), jsonBody],
  method: "post",
  path: "/v1/account-imports",
  operationId: "createAccountImport",
  summary: "Bring over the videos of a Cloudflare Stream or Mux account",
  description:
    "They are listed, and fetched one by one; a video that is here already is skipped, so it may be asked for again. What is " +
    "there stays as it is: files that are made for the purpose, and nothing else.",
  request: { body: { required: true, content: { "application/json": { schema: newAccountImportSchema } } } },
  responses: {
    201: { description: "Begun.", content: { "application/json": { schema: accountImportSchema } } },
    ...problems(
      ...(["invalidJson", "unauthenticated", "forbidden", "bodyTooLarge"] as const),
      ...(["unsupportedMediaType", "unprocessable", "encodingProfileUnknown"] as const),
    ),
  },
});

const list = createRoute({
  ...scope,
  method: "get",
  path: "/v1/account-imports",
  operationId: "listAccountImports",
  summary: "List what was brought over, newest first",
  request: { query: accountImportFilter },
  responses: {
    200: { description: "A page.", content: { "application/json": { schema: accountImportListSchema } } },
    ...problems("invalidParameter", "invalidCursor", "unauthenticated", "forbidden"),
  },
});

const get = createRoute({
  ...scope,
  method: "get",
  path: "/v1/account-imports/{accountImportId}",
  operationId: "getAccountImport",
  summary: "Get how far the bringing over of an account is",
  request: { params: accountImportParams },
  responses: {
    200: { description: "It.", content: { "application/json": { schema: accountImportSchema } } },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const videos = createRoute({
  ...scope,
  method: "get",
  path: "/v1/account-imports/{accountImportId}/videos",
  operationId: "listBroughtVideos",
  summary: "List the videos of the account, and what became of each",
  request: { params: accountImportParams, query: accountImportFilter },
  responses: {
    200: { description: "A page.", content: { "application/json": { schema: broughtVideoListSchema } } },
    ...problems("invalidParameter", "invalidCursor", "unauthenticated", "forbidden", "notFound"),
  },
});

const cancel = createRoute({
  ...scope,
  method: "delete",
  path: "/v1/account-imports/{accountImportId}",
  operationId: "cancelAccountImport",
  summary: "Bring no more of an account",
  description: "What is here stays, and files that are on their way arrive. The credential is forgotten.",
  request: { params: accountImportParams },
  responses: {
    204: { description: "It is over." },
    ...problems("unauthenticated", "forbidden", "notFound", "conflict"),
  },
});

export const accountImportRoutes = apiRoutes()
  .openapi(create, async (c) => {
    const nowMs = Date.now();
    const wanted = c.req.valid("json");
    const { encoding = null, priority = null, dryRun } = wanted;
    if (encoding !== null && (await findEncoding(c.env.DB, encoding)) === null) {
      return problem(c, "encodingProfileUnknown", { detail: `There is no encoding profile ${encoding}.` });
    }
    const id = newId("accountImport", nowMs);
    const [account, secret] =
      wanted.provider === "mux" ? [wanted.tokenId, wanted.tokenSecret] : [wanted.accountId, wanted.apiToken];
    const sealed = await seal(c.env.SEALING_KEY, sealName(id), new TextEncoder().encode(secret));
    const { provider } = wanted;
    const settings = JSON.stringify({ encoding, priority, dryRun });
    await insertAccountImport(
      c.env.DB,
      { id, provider, account, sealed_secret: sealed, settings },
      nowMs,
    ).run();
    c.executionCtx.waitUntil(advance(c.env, id, nowMs));
    const row = await findAccountImport(c.env.DB, id);
    if (row === null) throw new Error("the account import that was made is gone");
    return c.json(toAccountImport(row), 201);
  })
  .openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const query = JSON.stringify(["account-imports"]);
    const beforeId = cursor === undefined ? null : await readCursor(cursor, query);
    if (cursor !== undefined && beforeId === null) return problem(c, "invalidCursor");
    const found = await listAccountImports(c.env.DB, limit, beforeId);
    const rows = found.slice(0, limit);
    const counts = await countsOf(
      c.env.DB,
      rows.map(({ id }) => id),
    );
    const lastId = rows.at(-1)?.id;
    const nextCursor = found.length > limit && lastId !== undefined ? await makeCursor(lastId, query) : null;
    return c.json({ data: rows.map((row) => toAccountImport(row, counts.get(row.id))), nextCursor }, 200);
  })
  .openapi(get, async (c) => {
    const { accountImportId } = c.req.valid("param");
    const row = await findAccountImport(c.env.DB, accountImportId);
    if (row === null) return problem(c, "notFound");
    const counts = await countsOf(c.env.DB, [row.id]);
    return c.json(toAccountImport(row, counts.get(row.id)), 200);
  })
  .openapi(videos, async (c) => {
    const { accountImportId } = c.req.valid("param");
    const { limit, cursor } = c.req.valid("query");
    const query = JSON.stringify(["account-imports", accountImportId]);
    const after = cursor === undefined ? "0" : await readCursor(cursor, query);
    if (after === null) return problem(c, "invalidCursor");
    if ((await findAccountImport(c.env.DB, accountImportId)) === null) return problem(c, "notFound");
    const found = await listBrought(c.env.DB, accountImportId, limit, Number(after));
    const rows = found.slice(0, limit);
    const last = rows.at(-1)?.position;
    const nextCursor =
      found.length > limit && last !== undefined ? await makeCursor(String(last), query) : null;
    return c.json({ data: rows.map(toBroughtVideo), nextCursor }, 200);
  })
  .openapi(cancel, async (c) => {
    const { accountImportId } = c.req.valid("param");
    const { DB } = c.env;
    if ((await findAccountImport(DB, accountImportId)) === null) return problem(c, "notFound");
    const isOver = await end(DB, accountImportId, "cancelled", null, Date.now());
    if (!isOver) return problem(c, "conflict", { detail: "It was over already." });
    return c.body(null, 204);
  });
