import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { creatorParams, creatorUsageSchema, quotaSchema } from "./contract.ts";
import { deleteQuota, findQuota, putQuota, usedBy } from "./store.ts";

const tags = ["creators"];
const quotaAnswer = { description: "It.", content: { "application/json": { schema: quotaSchema } } };

const put = createRoute({
  tags,
  middleware: [requireScope("admin"), jsonBody],
  method: "put",
  path: "/v1/creators/{creator}/quota",
  operationId: "putQuota",
  summary: "Set how much a creator may have",
  description: "What is there already stays, however much it is: the next upload is refused.",
  request: {
    params: creatorParams,
    body: { required: true, content: { "application/json": { schema: quotaSchema } } },
  },
  responses: {
    200: quotaAnswer,
    ...problems(
      "invalidJson",
      "unauthenticated",
      "forbidden",
      "bodyTooLarge",
      "unsupportedMediaType",
      "unprocessable",
    ),
  },
});

const get = createRoute({
  tags,
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/creators/{creator}/quota",
  operationId: "getQuota",
  summary: "Get the quota of a creator",
  request: { params: creatorParams },
  responses: { 200: quotaAnswer, ...problems("unauthenticated", "forbidden", "notFound") },
});

const remove = createRoute({
  tags,
  middleware: requireScope("admin"),
  method: "delete",
  path: "/v1/creators/{creator}/quota",
  operationId: "deleteQuota",
  summary: "Let a creator have as much as they like",
  request: { params: creatorParams },
  responses: {
    204: { description: "There is none any more." },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const usage = createRoute({
  tags,
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/creators/{creator}/usage",
  operationId: "getCreatorUsage",
  summary: "Get what a creator has, and of what",
  description: "Of a creator of whom nothing is known, nothing.",
  request: { params: creatorParams },
  responses: {
    200: { description: "It.", content: { "application/json": { schema: creatorUsageSchema } } },
    ...problems("unauthenticated", "forbidden"),
  },
});

export const quotaRoutes = apiRoutes()
  .openapi(put, async (c) => {
    const quota = c.req.valid("json");
    await putQuota(c.env.DB, c.req.valid("param").creator, quota, Date.now());
    return c.json(quota, 200);
  })
  .openapi(get, async (c) => {
    const quota = await findQuota(c.env.DB, c.req.valid("param").creator);
    return quota === null ? problem(c, "notFound") : c.json(quota, 200);
  })
  .openapi(remove, async (c) =>
    (await deleteQuota(c.env.DB, c.req.valid("param").creator)) ? c.body(null, 204) : problem(c, "notFound"),
  )
  .openapi(usage, async (c) => {
    const { creator } = c.req.valid("param");
    const [quota, used] = await Promise.all([findQuota(c.env.DB, creator), usedBy(c.env.DB, creator)]);
    const { seconds, bytes, heldBytes } = used;
    return c.json({ minutes: Math.round(seconds / 0.6) / 100, bytes, heldBytes, quota }, 200);
  });
