import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import type { DayOfUse } from "#workers/analytics/session-records.ts";
import { dayOf } from "#workers/analytics/usage-rows.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { videoParams } from "#workers/videos/contract.ts";
import { libraryUsageSchema, usageQuery, usageSchema } from "./contract.ts";
import { deliveredOf } from "./delivered.ts";
import { libraryStored } from "./library-stored.ts";
import { bytesStoredOf } from "./stored-bytes.ts";

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

const getAll = createRoute({
  tags: ["videos"],
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/usage",
  operationId: "getUsage",
  summary: "Get what all videos used, and what is stored",
  description: "Counted as of a single video; what was sent of videos that are deleted by now is in it.",
  request: { query: usageQuery },
  responses: {
    200: { description: "It.", content: { "application/json": { schema: libraryUsageSchema } } },
    ...problems("invalidParameter", "unauthenticated", "forbidden"),
  },
});

export const usageRoutes = apiRoutes()
  .openapi(getAll, async (c) => {
    const { from, to } = daysAsked(c.req.valid("query"));
    if (from > to) return problem(c, "invalidParameter", wrongWayRound);
    const [days, stored] = await Promise.all([deliveredOf(c.env, null, from, to), libraryStored(c.env.DB)]);
    return c.json({ from, to, ...stored, ...inAll(days) }, 200);
  })
  .openapi(get, async (c) => {
    const { videoId } = c.req.valid("param");
    const { from, to } = daysAsked(c.req.valid("query"));
    if (from > to) return problem(c, "invalidParameter", wrongWayRound);
    const row = await c.env.DB.prepare(
      `SELECT id, (SELECT coalesce(sum(encode_seconds), 0) FROM versions WHERE video_id = videos.id) AS encode_seconds
     FROM videos WHERE id = ?`,
    )
      .bind(videoId)
      .first<{ encode_seconds: number }>();
    if (row === null) return problem(c, "notFound");
    const [days, bytesStored] = await Promise.all([
      deliveredOf(c.env, videoId, from, to),
      bytesStoredOf(c.env.MEDIA, videoId),
    ]);
    const encodeSeconds = Math.round(row.encode_seconds * 10) / 10;
    return c.json({ from, to, bytesStored, encodeSeconds, ...inAll(days) }, 200);
  });

const wrongWayRound = { detail: "`from` is after `to`." };

function daysAsked(asked: { readonly from?: string | undefined; readonly to?: string | undefined }) {
  const to = asked.to ?? dayOf(Date.now());
  return { to, from: asked.from ?? dayOf(Date.parse(to) - (usualDays - 1) * dayMs) };
}

function inAll(days: readonly DayOfUse[]) {
  const sum = (of: (day: DayOfUse) => number) => days.reduce((total, day) => total + of(day), 0);
  return {
    views: sum(({ views }) => views),
    minutesWatched: minutes(sum(({ mediaMs }) => mediaMs)),
    bytesDelivered: sum(({ bytes }) => bytes),
    days: days.map(({ day, views, mediaMs, bytes }) => ({
      ...{ day, views },
      minutesWatched: minutes(mediaMs),
      bytesDelivered: bytes,
    })),
  };
}

const minutes = (ms: number) => Math.round(ms / 600) / 100;
