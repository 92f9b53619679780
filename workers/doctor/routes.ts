import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problems } from "#workers/http/api-routes.ts";
import { doctorReportSchema } from "./contract.ts";
import { examine } from "./examine.ts";

const get = createRoute({
  tags: ["operations"],
  middleware: requireScope("admin"),
  method: "get",
  path: "/v1/doctor",
  operationId: "examineDeployment",
  summary: "Examine the deployment: what works, what does not, and how to mend it",
  description:
    "Asks every part for two seconds at most: bindings, schema, secrets, CORS, cache, clocks, queues, cron, runners, " +
    "and what waits or was given up. Writes a few probes, which go at once.",
  responses: {
    200: {
      description: "What was found, also where it is not well.",
      content: { "application/json": { schema: doctorReportSchema } },
    },
    ...problems("unauthenticated", "forbidden"),
  },
});

export const doctorRoutes = apiRoutes().openapi(get, async (c) => {
  const { hostname } = new URL(c.req.url);
  const report = await examine(c.env, hostname, Date.now());
  return c.json(report, 200, { "Cache-Control": "no-store" });
});
