import { createRoute } from "@hono/zod-openapi";
import { eventSchema } from "#workers/events/contract.ts";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { originOf } from "#workers/http/origin.ts";
import { makeCursor, readCursor } from "#workers/http/paging.ts";
import { newId } from "#workers/ids.ts";
import {
  newWebhookSchema,
  rotationSchema,
  webhookListSchema,
  webhookParams,
  webhookPatchSchema,
  webhookQuery,
  webhookSchema,
  webhookWithSecretSchema,
} from "./contract.ts";
import { secretsIn, toWebhook } from "./present.ts";
import { maxSecrets, newSecret, rotated } from "./secrets.ts";
import {
  deleteWebhook,
  findWebhook,
  insertWebhook,
  listWebhooks,
  maxWebhooks,
  patchWebhook,
  replaceSecrets,
  type WebhookRow,
} from "./store.ts";
import { checkTarget, type TargetRefusal } from "#workers/outbound/target.ts";

const tags = ["webhooks"];
const read = { tags, middleware: requireScope("webhooks:read") };
const writeJson = { tags, middleware: [requireScope("webhooks:write"), jsonBody] };
const aWebhook = { "application/json": { schema: webhookSchema } };
const withSecret = { "application/json": { schema: webhookWithSecretSchema } };
const bodyProblems = ["invalidJson", "bodyTooLarge", "unsupportedMediaType", "unprocessable"] as const;

const create = createRoute({
  ...writeJson,
  method: "post",
  path: "/v1/webhooks",
  operationId: "createWebhook",
  summary: "Be told of events at a URL of yours",
  description: `Deliveries are signed by Standard Webhooks. At most ${maxWebhooks} webhooks.`,
  request: { body: { required: true, content: { "application/json": { schema: newWebhookSchema } } } },
  responses: {
    201: { description: "Made, with its secret: the only time it is shown.", content: withSecret },
    ...problems("unauthenticated", "forbidden", "conflict", ...bodyProblems),
  },
});

const list = createRoute({
  ...read,
  method: "get",
  path: "/v1/webhooks",
  operationId: "listWebhooks",
  summary: "List webhooks, newest first",
  request: { query: webhookQuery },
  responses: {
    200: { description: "A page.", content: { "application/json": { schema: webhookListSchema } } },
    ...problems("invalidParameter", "invalidCursor", "unauthenticated", "forbidden"),
  },
});

const get = createRoute({
  ...read,
  method: "get",
  path: "/v1/webhooks/{webhookId}",
  operationId: "getWebhook",
  summary: "Get a webhook",
  request: { params: webhookParams },
  responses: {
    200: { description: "It.", content: aWebhook },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const patch = createRoute({
  ...writeJson,
  method: "patch",
  path: "/v1/webhooks/{webhookId}",
  operationId: "patchWebhook",
  summary: "Change where it is, what it is told, or whether it is told",
  description: "Disabling ends what waits to be delivered: each can be resent when it is enabled again.",
  request: {
    params: webhookParams,
    body: { required: true, content: { "application/json": { schema: webhookPatchSchema } } },
  },
  responses: {
    200: { description: "As it is now.", content: aWebhook },
    ...problems("unauthenticated", "forbidden", "notFound", ...bodyProblems),
  },
});

const remove = createRoute({
  tags,
  middleware: requireScope("webhooks:write"),
  method: "delete",
  path: "/v1/webhooks/{webhookId}",
  operationId: "deleteWebhook",
  summary: "Delete a webhook and the log of its deliveries",
  description: "An attempt that is being made is not called back; no other follows.",
  request: { params: webhookParams },
  responses: {
    204: { description: "Gone." },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const rotate = createRoute({
  ...writeJson,
  method: "post",
  path: "/v1/webhooks/{webhookId}/rotate",
  operationId: "rotateWebhookSecret",
  summary: "Give it a new secret",
  description: `The secrets of before sign beside it until their overlap is over. At most ${maxSecrets} at once.`,
  request: {
    params: webhookParams,
    body: { required: true, content: { "application/json": { schema: rotationSchema } } },
  },
  responses: {
    200: { description: "With its newest secret: the only time it is shown.", content: withSecret },
    ...problems("unauthenticated", "forbidden", "notFound", "conflict", ...bodyProblems),
  },
});

const faultOf = (reason: TargetRefusal) => ({
  errors: [{ pointer: "#/url", detail: `It may not be asked: ${reason}.` }],
});

export const webhookRoutes = apiRoutes()
  .openapi(create, async (c) => {
    const { url, description, events, enabled } = c.req.valid("json");
    const target = checkTarget(c.env, url);
    if (!target.ok) return problem(c, "unprocessable", faultOf(target.reason));
    const nowMs = Date.now();
    const id = newId("webhook", nowMs);
    const { stored, shown } = await newSecret(c.env.SEALING_KEY, id, nowMs);
    const row: WebhookRow = {
      ...{ id, url, description },
      events: JSON.stringify(events),
      enabled: enabled ? 1 : 0,
      disabledReason: enabled ? null : "byRequest",
      secrets: JSON.stringify([stored]),
      apiOrigin: originOf(c.req.raw),
      failingSince: null,
      createdAt: nowMs,
      updatedAt: nowMs,
    };
    if (!(await insertWebhook(c.env.DB, row)))
      return problem(c, "conflict", {
        detail: `There are ${maxWebhooks} webhooks, which is as many as may be.`,
      });
    return c.json({ ...toWebhook(row, nowMs), secret: shown }, 201, {
      Location: `${row.apiOrigin}/v1/webhooks/${id}`,
    });
  })
  .openapi(list, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const query = JSON.stringify(["webhooks"]);
    const beforeId = cursor === undefined ? null : await readCursor(cursor, query);
    if (cursor !== undefined && beforeId === null) return problem(c, "invalidCursor");
    const { rows, more } = await listWebhooks(c.env.DB, limit, beforeId);
    const last = rows.at(-1);
    const nextCursor = more && last !== undefined ? await makeCursor(last.id, query) : null;
    const nowMs = Date.now();
    return c.json({ data: rows.map((row) => toWebhook(row, nowMs)), nextCursor }, 200);
  })
  .openapi(get, async (c) => {
    const row = await findWebhook(c.env.DB, c.req.valid("param").webhookId);
    return row === null ? problem(c, "notFound") : c.json(toWebhook(row, Date.now()), 200);
  })
  .openapi(patch, async (c) => {
    const { webhookId } = c.req.valid("param");
    const asked = c.req.valid("json");
    const target = asked.url === undefined ? null : checkTarget(c.env, asked.url);
    if (target?.ok === false) return problem(c, "unprocessable", faultOf(target.reason));
    const nowMs = Date.now();
    const row = await patchWebhook(c.env.DB, webhookId, asked, nowMs);
    return row === null ? problem(c, "notFound") : c.json(toWebhook(row, nowMs), 200);
  })
  .openapi(remove, async (c) => {
    const deleted = await deleteWebhook(c.env.DB, c.req.valid("param").webhookId);
    return deleted ? c.body(null, 204) : problem(c, "notFound");
  })
  .openapi(rotate, async (c) => {
    const { webhookId } = c.req.valid("param");
    const nowMs = Date.now();
    const row = await findWebhook(c.env.DB, webhookId);
    if (row === null) return problem(c, "notFound");
    const { stored, shown } = await newSecret(c.env.SEALING_KEY, webhookId, nowMs);
    const overlapEndsAtMs = nowMs + c.req.valid("json").overlapSeconds * 1000;
    const after = rotated(secretsIn(row), stored, overlapEndsAtMs, nowMs);
    if (after === null)
      return problem(c, "conflict", {
        detail: `${maxSecrets} secrets sign already: the oldest has to end first.`,
      });
    const secrets = JSON.stringify(after);
    if (!(await replaceSecrets(c.env.DB, webhookId, row.secrets, secrets, nowMs)))
      return problem(c, "conflict", { detail: "Another call has just changed its secrets." });
    return c.json({ ...toWebhook({ ...row, secrets, updatedAt: nowMs }, nowMs), secret: shown }, 200);
  });

// No route takes or gives it: what it is sent to is not ours.
webhookRoutes.openAPIRegistry.register("Event", eventSchema);
