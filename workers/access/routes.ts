import { createRoute } from "@hono/zod-openapi";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { forgetKey } from "./authenticate.ts";
import {
  apiKeyListSchema,
  apiKeySchema,
  createdApiKeySchema,
  keyParams,
  newApiKeySchema,
} from "./contract.ts";
import { newApiKey } from "./new-api-key.ts";
import { requireScope } from "./require-scope.ts";
import { findKey, insertKey, listKeys, revokeKey } from "./store.ts";

const admin = { tags: ["apiKeys"], middleware: requireScope("admin") };

const createKey = createRoute({
  tags: ["apiKeys"],
  middleware: [requireScope("admin"), jsonBody],
  method: "post",
  path: "/v1/api-keys",
  operationId: "createApiKey",
  summary: "Make an API key",
  request: { body: { required: true, content: { "application/json": { schema: newApiKeySchema } } } },
  responses: {
    201: {
      description: "The key, with its token: the only time it is shown.",
      content: { "application/json": { schema: createdApiKeySchema } },
    },
    ...problems(
      "unauthenticated",
      "forbidden",
      "invalidJson",
      "bodyTooLarge",
      "unsupportedMediaType",
      "unprocessable",
    ),
  },
});

const listAll = createRoute({
  ...admin,
  method: "get",
  path: "/v1/api-keys",
  operationId: "listApiKeys",
  summary: "List the API keys that work",
  responses: {
    200: { description: "All of them.", content: { "application/json": { schema: apiKeyListSchema } } },
    ...problems("unauthenticated", "forbidden"),
  },
});

const getKey = createRoute({
  ...admin,
  method: "get",
  path: "/v1/api-keys/{keyId}",
  operationId: "getApiKey",
  summary: "Get an API key that works",
  description: "Without its token, which is shown once.",
  request: { params: keyParams },
  responses: {
    200: { description: "The key.", content: { "application/json": { schema: apiKeySchema } } },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const revoke = createRoute({
  ...admin,
  method: "delete",
  path: "/v1/api-keys/{keyId}",
  operationId: "revokeApiKey",
  summary: "Revoke an API key",
  description: "It stops working at once where this was answered, and within 5 seconds everywhere.",
  request: { params: keyParams },
  responses: {
    204: { description: "Revoked." },
    ...problems("unauthenticated", "forbidden", "notFound", "conflict"),
  },
});

export const apiKeyRoutes = apiRoutes()
  .openapi(createKey, async (c) => {
    const { name, scopes } = c.req.valid("json");
    const nowMs = Date.now();
    const key = await newApiKey(nowMs, name, scopes);
    await insertKey(c.env.DB, key);
    const createdAt = new Date(nowMs).toISOString();
    return c.json({ id: key.id, name, scopes, createdAt, lastUsedAt: null, token: key.token }, 201);
  })
  .openapi(listAll, async (c) => c.json({ data: [...(await listKeys(c.env.DB))] }, 200))
  .openapi(getKey, async (c) => {
    const key = await findKey(c.env.DB, c.req.valid("param").keyId);
    return key === null ? problem(c, "notFound") : c.json(key, 200);
  })
  .openapi(revoke, async (c) => {
    const { keyId } = c.req.valid("param");
    switch (await revokeKey(c.env.DB, keyId, Date.now())) {
      case "unknown":
        return problem(c, "notFound");
      case "lastAdmin":
        return problem(c, "conflict", { detail: "The last admin key stays: make another one first." });
      case "revoked":
        forgetKey(keyId);
        return c.body(null, 204);
    }
  });
