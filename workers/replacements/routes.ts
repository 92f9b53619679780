import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { emitted } from "#workers/events/emit.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { send, sendAll } from "#workers/outbox/outbox.ts";
import { replacementSchema, videoParams } from "#workers/videos/contract.ts";
import { toReplacement } from "#workers/videos/present.ts";
import { findVideo } from "#workers/videos/store.ts";
import { eraseLater } from "./erase-later.ts";
import { dropped } from "./transitions.ts";

const get = createRoute({
  tags: ["videos"],
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/videos/{videoId}/replacement",
  operationId: "getReplacement",
  summary: "Get the file that is to replace a video's own",
  request: { params: videoParams },
  responses: {
    200: {
      description: "How far it is, or why it came to nothing.",
      content: { "application/json": { schema: replacementSchema } },
    },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const forget = createRoute({
  tags: ["videos"],
  middleware: requireScope("videos:write"),
  method: "delete",
  path: "/v1/videos/{videoId}/replacement",
  operationId: "deleteReplacement",
  summary: "Give up the file that was to replace a video's own",
  description:
    "Also one that failed. The video stays as it is. While the file is still arriving, cancel its upload instead.",
  request: { params: videoParams },
  responses: {
    204: { description: "There is none any more." },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

export const replacementRoutes = apiRoutes()
  .openapi(get, async (c) => {
    const video = await findVideo(c.env.DB, c.req.valid("param").videoId);
    const replacement = video?.replacement ?? null;
    return replacement === null ? problem(c, "notFound") : c.json(toReplacement(replacement), 200);
  })
  .openapi(forget, async (c) => {
    const { videoId } = c.req.valid("param");
    const { DB: db } = c.env;
    const nowMs = Date.now();
    const updated = emitted(db, { type: "video.updated", videoId }, nowMs);
    const erased = eraseLater(db, videoId, nowMs, nowMs);
    const [gone] = await db.batch<{ version: number }>([
      dropped(db, videoId),
      updated.statement,
      ...erased.map(({ statement }) => statement),
    ]);
    const version = gone?.results[0]?.version;
    if (version === undefined) return problem(c, "notFound");
    await c.env.SCHEDULER.getByName("board").drop(videoId, version);
    await sendAll(c.env, [updated]);
    await send(c.env, erased[0].message);
    return c.body(null, 204);
  });
