import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { makeCursor, readCursor } from "#workers/http/paging.ts";
import { auditFilterSchema, auditListSchema } from "./contract.ts";
import { listAudit } from "./store.ts";

const list = createRoute({
  tags: ["auditLog"],
  middleware: requireScope("admin"),
  method: "get",
  path: "/v1/audit-log",
  operationId: "listAuditLog",
  summary: "List who changed what, or was refused to, newest first",
  description: "Kept for AUDIT_LOG_DAYS. Bodies and secrets are never part of it.",
  request: { query: auditFilterSchema },
  responses: {
    200: { description: "A page.", content: { "application/json": { schema: auditListSchema } } },
    ...problems("invalidParameter", "invalidCursor", "unauthenticated", "forbidden"),
  },
});

export const auditRoutes = apiRoutes().openapi(list, async (c) => {
  const { cursor, ...filter } = c.req.valid("query");
  const { keyId, operationId, resourceId, createdAfter, createdBefore } = filter;
  // The page size may change on the way, the filters may not.
  const query = JSON.stringify(["audit", keyId, operationId, resourceId, createdAfter, createdBefore]);
  const beforeId = cursor === undefined ? null : await readCursor(cursor, query);
  if (cursor !== undefined && beforeId === null) return problem(c, "invalidCursor");
  const { entries, more } = await listAudit(c.env.DB, filter, beforeId);
  const lastId = entries.at(-1)?.id;
  const nextCursor = more && lastId !== undefined ? await makeCursor(lastId, query) : null;
  return c.json({ data: [...entries], nextCursor }, 200);
});
