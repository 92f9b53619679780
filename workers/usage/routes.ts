import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { dayOf } from "#workers/analytics/usage-rows.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { videoParams } from "#workers/videos/contract.ts";
import { usageQuery, usageSchema } from "./contract.ts";
import { deliveredOf } from "./delivered.ts";
import { bytesStored } from "./stored-bytes.ts";

const usualDays = 30;
const dayMs = 24 * 3_600_000;

const get = createRoute({
  tags: ["videos"],
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/videos/{videoId}/usage",
  operationId: "getVideoUsage",
  summary: "Get what a video used: views, minutes, bytes, encoding",
  description:
    "Counted where segments are answered, and told within a minute. What an isolate has in hand when it dies is not " +
    "counted, and nothing is counted twice.",
  request: { params: videoParams, query: usageQuery },
  responses: {
    200: { description: "It.", content: { "application/json": { schema: usageSchema } } },
    ...problems("invalidParameter", "unauthenticated", "forbidden", "notFound"),
  },
});

export const usageRoutes = apiRoutes().openapi(get, async (c) => {
  const { videoId } = c.req.valid("param");
  const asked = c.req.valid("query");
  const to = asked.to ?? dayOf(Date.now());
  const from = asked.from ?? dayOf(Date.parse(to) - (usualDays - 1) * dayMs);
  if (from > to) return problem(c, "invalidParameter", { detail: "`from` is after `to`." });
  const row = await c.env.DB.prepare(
    `SELECT id, (SELECT coalesce(sum(encode_seconds), 0) FROM versions WHERE video_id = videos.id) AS encode_seconds
     FROM videos WHERE id = ?`,
  )
    .bind(videoId)
    .first<{ encode_seconds: number }>();
  if (row === null) return problem(c, "notFound");
  const [days, stored] = await Promise.all([
    deliveredOf(c.env, videoId, from, to),
    bytesStored(c.env.MEDIA, videoId),
  ]);
  const sum = (of: (day: (typeof days)[number]) => number) => days.reduce((total, day) => total + of(day), 0);
  return c.json(
    {
      ...{ from, to },
      views: sum(({ views }) => views),
      minutesWatched: minutes(sum(({ mediaMs }) => mediaMs)),
      bytesDelivered: sum(({ bytes }) => bytes),
      bytesStored: stored,
      encodeSeconds: Math.round(row.encode_seconds * 10) / 10,
      days: days.map(({ day, views, mediaMs, bytes }) => ({
        ...{ day, views },
        minutesWatched: minutes(mediaMs),
        bytesDelivered: bytes,
      })),
    },
    200,
  );
});

const minutes = (ms: number) => Math.round(ms / 600) / 100;
