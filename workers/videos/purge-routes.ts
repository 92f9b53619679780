import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { purgedSchema, purgeSchema } from "./contract.ts";
import { purge } from "./store.ts";

const purgeVideos = createRoute({
  tags: ["videos"],
  middleware: [requireScope("videos:write"), jsonBody],
  method: "post",
  path: "/v1/purge",
  operationId: "purge",
  summary: "Purge what caches hold of videos",
  description:
    "Of one video, by its id or one of its playback ids, or of all that carry a tag. Nothing is asked of any cache: " +
    "their entries get other names, everywhere, within seconds. What is playing plays on.",
  request: { body: { required: true, content: { "application/json": { schema: purgeSchema } } } },
  responses: {
    200: { description: "Done.", content: { "application/json": { schema: purgedSchema } } },
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

export const purgeRoutes = apiRoutes().openapi(purgeVideos, async (c) => {
  const videos = await purge(c.env.DB, c.req.valid("json"));
  return c.json({ videos }, 200);
});
