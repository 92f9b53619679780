import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { makeCursor, readCursor } from "#workers/http/paging.ts";
import { videoParams } from "#workers/videos/contract.ts";
import { readHistory, type HistoryPosition, type KeptEvent } from "./history.ts";
import { historyQuery, historySchema, type PastEventView } from "./history-contract.ts";

const list = createRoute({
  tags: ["videos"],
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/videos/{videoId}/events",
  operationId: "listVideoEvents",
  summary: "List what happened to a video, newest first",
  description:
    "The events that webhooks are sent, of its uploads, captions, sounds and encodings too; of each encoding how it " +
    "went. Kept for 90 days, and as long as the video. An event is here within seconds of its change.",
  request: { params: videoParams, query: historyQuery },
  responses: {
    200: { description: "A page.", content: { "application/json": { schema: historySchema } } },
    ...problems("invalidParameter", "invalidCursor", "unauthenticated", "forbidden", "notFound"),
  },
});

export const historyRoutes = apiRoutes().openapi(list, async (c) => {
  const { videoId } = c.req.valid("param");
  const { cursor, limit, type } = c.req.valid("query");
  const query = JSON.stringify(["videoEvents", videoId, type]);
  const last = cursor === undefined ? null : await readCursor(cursor, query);
  const before = last === null ? null : positionIn(last);
  if (cursor !== undefined && before === null) return problem(c, "invalidCursor");
  const known = c.env.DB.prepare("SELECT 1 FROM videos WHERE id = ?").bind(videoId).first();
  // One more than asked tells whether there is a next page.
  const asked = { videoId, type, before, limit: limit + 1 };
  const [video, found] = await Promise.all([known, readHistory(c.env.DB, asked)]);
  if (video === null) return problem(c, "notFound");
  const page = found.slice(0, limit);
  const end = page.at(-1);
  const more = found.length > limit && end !== undefined;
  const nextCursor = more ? await makeCursor(`${end.atMs} ${end.sequence}`, query) : null;
  return c.json({ data: page.map(toPastEvent), nextCursor }, 200);
});

function toPastEvent({ eventId: id, type, atMs, about }: KeptEvent): PastEventView {
  return { id, type, timestamp: new Date(atMs).toISOString(), ...about };
}

function positionIn(text: string): HistoryPosition | null {
  const [atMs = NaN, sequence = NaN] = text.split(" ").map(Number);
  return Number.isSafeInteger(atMs) && Number.isSafeInteger(sequence) ? { atMs, sequence } : null;
}
