import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { makeCursor, readCursor } from "#workers/http/paging.ts";
import {
  deliveryListSchema,
  deliveryParams,
  deliveryQuery,
  deliverySchema,
  webhookParams,
} from "./contract.ts";
import { sendDeliveries } from "./consume.ts";
import { toDelivery } from "./present.ts";
import { findDelivery, findWebhook, listDeliveries, sendAnew } from "./store.ts";
import { makeTestDelivery } from "./test-event.ts";

const tags = ["webhooks"];
const read = { tags, middleware: requireScope("webhooks:read"), method: "get" as const };
const write = { tags, middleware: requireScope("webhooks:write"), method: "post" as const };
const aDelivery = { "application/json": { schema: deliverySchema } };
const isDisabled = { detail: "The webhook is disabled: enable it first." };

const list = createRoute({
  ...read,
  path: "/v1/webhooks/{webhookId}/deliveries",
  operationId: "listWebhookDeliveries",
  summary: "List what was sent, newest first, with every attempt",
  description: "Of the last 30 days.",
  request: { params: webhookParams, query: deliveryQuery },
  responses: {
    200: { description: "A page.", content: { "application/json": { schema: deliveryListSchema } } },
    ...problems("invalidParameter", "invalidCursor", "unauthenticated", "forbidden", "notFound"),
  },
});

const get = createRoute({
  ...read,
  path: "/v1/webhooks/{webhookId}/deliveries/{deliveryId}",
  operationId: "getWebhookDelivery",
  summary: "Get a delivery with every attempt",
  request: { params: deliveryParams },
  responses: {
    200: { description: "It.", content: aDelivery },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const resend = createRoute({
  ...write,
  path: "/v1/webhooks/{webhookId}/deliveries/{deliveryId}/resend",
  operationId: "resendWebhookDelivery",
  summary: "Send it again now",
  description: "Whatever became of it: the same body and `webhook-id`, tried as often as a new one.",
  request: { params: deliveryParams },
  responses: {
    202: { description: "On its way.", content: aDelivery },
    ...problems("unauthenticated", "forbidden", "notFound", "conflict"),
  },
});

const test = createRoute({
  ...write,
  path: "/v1/webhooks/{webhookId}/test",
  operationId: "testWebhook",
  summary: "Send it a `webhook.test`",
  description: "Whichever events it has chosen.",
  request: { params: webhookParams },
  responses: {
    202: { description: "On its way.", content: aDelivery },
    ...problems("unauthenticated", "forbidden", "notFound", "conflict"),
  },
});

export const deliveryRoutes = apiRoutes()
  .openapi(list, async (c) => {
    const { webhookId } = c.req.valid("param");
    const { cursor, ...asked } = c.req.valid("query");
    const query = JSON.stringify(["deliveries", webhookId, asked.state, asked.type]);
    const beforeId = cursor === undefined ? null : await readCursor(cursor, query);
    if (cursor !== undefined && beforeId === null) return problem(c, "invalidCursor");
    const webhook = await findWebhook(c.env.DB, webhookId);
    if (webhook === null) return problem(c, "notFound");
    const { deliveries, more } = await listDeliveries(c.env.DB, webhook, asked, beforeId);
    const last = deliveries.at(-1);
    const nextCursor = more && last !== undefined ? await makeCursor(last.row.id, query) : null;
    const data = deliveries.map(({ row, body, attempts }) => toDelivery(row, body, attempts));
    return c.json({ data, nextCursor }, 200);
  })
  .openapi(get, async (c) => {
    const { webhookId, deliveryId } = c.req.valid("param");
    const webhook = await findWebhook(c.env.DB, webhookId);
    const found = webhook && (await findDelivery(c.env.DB, webhook, deliveryId));
    if (found === null) return problem(c, "notFound");
    return c.json(toDelivery(found.row, found.body, found.attempts), 200);
  })
  .openapi(resend, async (c) => {
    const { webhookId, deliveryId } = c.req.valid("param");
    const webhook = await findWebhook(c.env.DB, webhookId);
    if (webhook === null) return problem(c, "notFound");
    if (webhook.enabled === 0) return problem(c, "conflict", isDisabled);
    const attempt = await sendAnew(c.env.DB, webhookId, deliveryId, Date.now());
    const found = attempt === null ? null : await findDelivery(c.env.DB, webhook, deliveryId);
    if (attempt === null || found === null) return problem(c, "notFound");
    await sendDeliveries(c.env, [{ body: { kind: "deliver", deliveryId, attempt } }]);
    return c.json(toDelivery(found.row, found.body, found.attempts), 202);
  })
  .openapi(test, async (c) => {
    const webhook = await findWebhook(c.env.DB, c.req.valid("param").webhookId);
    if (webhook === null) return problem(c, "notFound");
    if (webhook.enabled === 0) return problem(c, "conflict", isDisabled);
    const deliveryId = await makeTestDelivery(c.env.DB, webhook, Date.now());
    const found = await findDelivery(c.env.DB, webhook, deliveryId);
    if (found === null) return problem(c, "notFound");
    await sendDeliveries(c.env, [{ body: { kind: "deliver", deliveryId, attempt: 1 } }]);
    return c.json(toDelivery(found.row, found.body, found.attempts), 202);
  });
