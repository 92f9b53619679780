import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { makeCursor, readCursor } from "#workers/http/paging.ts";
import {
  playbackSessionListSchema,
  playbackSessionSchema,
  sessionFilterSchema,
  sessionParams,
} from "./contract.ts";
import { toPlaybackSession } from "./present.ts";
import type { RecordedSession, SessionPosition } from "./session-records.ts";
import { findRecordedSession, listRecordedSessions } from "./session-shards.ts";

const read = { tags: ["playbackSessions"], middleware: requireScope("videos:read") };

const get = createRoute({
  ...read,
  method: "get",
  path: "/v1/playback-sessions/{sessionId}",
  operationId: "getPlaybackSession",
  summary: "Get what the player of a session told",
  description:
    "By CMCD and by beacons. Up to 35 seconds behind; kept for 30 days. Sessions whose player told nothing " +
    "have no record.",
  request: { params: sessionParams },
  responses: {
    200: { description: "It.", content: { "application/json": { schema: playbackSessionSchema } } },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const list = createRoute({
  ...read,
  method: "get",
  path: "/v1/playback-sessions",
  operationId: "listPlaybackSessions",
  summary: "List the sessions of a playback id whose players told something, newest first",
  request: { query: sessionFilterSchema },
  responses: {
    200: {
      description: "A page.",
      content: { "application/json": { schema: playbackSessionListSchema } },
    },
    ...problems("invalidParameter", "invalidCursor", "unauthenticated", "forbidden"),
  },
});

export const playbackSessionRoutes = apiRoutes()
  .openapi(get, async (c) => {
    const found = await findRecordedSession(c.env, c.req.valid("param").sessionId);
    return found === null ? problem(c, "notFound") : c.json(toPlaybackSession(found), 200);
  })
  .openapi(list, async (c) => {
    const { playbackId, limit, cursor } = c.req.valid("query");
    const query = JSON.stringify(["playbackSessions", playbackId]);
    const after = cursor === undefined ? null : await readCursor(cursor, query);
    if (cursor !== undefined && after === null) return problem(c, "invalidCursor");
    const sessions = await listRecordedSessions(
      c.env,
      playbackId,
      after === null ? null : readPosition(after),
      limit + 1,
    );
    const page = sessions.slice(0, limit);
    const last = page.at(-1);
    return c.json(
      {
        data: page.map(toPlaybackSession),
        nextCursor:
          sessions.length > limit && last !== undefined ? await makeCursor(printPosition(last), query) : null,
      },
      200,
    );
  });

const printPosition = ({ issuedAtMs, sessionId }: RecordedSession) => `${issuedAtMs}.${sessionId}`;

/** Of a cursor of ours. */
function readPosition(text: string): SessionPosition {
  const [issuedAtMs, sessionId = ""] = text.split(".");
  return { issuedAtMs: Number(issuedAtMs), sessionId };
}
