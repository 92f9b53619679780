import { createRoute } from "@hono/zod-openapi";
import { endOutdatedSessions } from "#workers/access/policy-changed.ts";
import { isTighterLimits } from "#workers/access/policy-tightening.ts";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { sitesOf } from "#workers/http/host.ts";
import { makeCursor, readCursor } from "#workers/http/paging.ts";
import {
  newVideoSchema,
  videoFilterSchema,
  videoListSchema,
  videoParams,
  videoPatchSchema,
  videoSchema,
  type VideoPatch,
} from "./contract.ts";
import { createVideo, msOrNull } from "./create.ts";
import { limitsIn, toVideo, type VideoRow } from "./present.ts";
import { removeVideo } from "./remove.ts";
import { segmentFragments as fragmentsIn } from "./segment-seconds.ts";
import { findVideo, listVideos, patchVideo } from "./store.ts";

const read = { tags: ["videos"], middleware: requireScope("videos:read") };
const write = { tags: ["videos"], middleware: requireScope("videos:write") };
const writeJson = { tags: ["videos"], middleware: [requireScope("videos:write"), jsonBody] };
const retry = { headers: { "Retry-After": "1" } };
const jsonVideo = { "application/json": { schema: videoSchema } };

const create = createRoute({
  ...writeJson,
  method: "post",
  path: "/v1/videos",
  operationId: "createVideo",
  summary: "Make a video that awaits its upload",
  description: "Uploads make their own video; this is for a video that must have an id before.",
  request: { body: { required: true, content: { "application/json": { schema: newVideoSchema } } } },
  responses: {
    201: { description: "Made, with one playback id.", content: jsonVideo },
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

const list = createRoute({
  ...read,
  method: "get",
  path: "/v1/videos",
  operationId: "listVideos",
  summary: "List videos, newest first",
  request: { query: videoFilterSchema },
  responses: {
    200: { description: "A page.", content: { "application/json": { schema: videoListSchema } } },
    ...problems("invalidParameter", "invalidCursor", "unauthenticated", "forbidden"),
  },
});

const get = createRoute({
  ...read,
  method: "get",
  path: "/v1/videos/{videoId}",
  operationId: "getVideo",
  summary: "Get a video",
  request: { params: videoParams },
  responses: {
    200: { description: "It.", content: jsonVideo },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const patch = createRoute({
  ...writeJson,
  method: "patch",
  path: "/v1/videos/{videoId}",
  operationId: "patchVideo",
  summary: "Change what is said of a video, when it can be watched, and what of it",
  description:
    "Where less may be watched than before, sessions that are running end, and begin anew with what is left.",
  request: {
    params: videoParams,
    body: { required: true, content: { "application/json": { schema: videoPatchSchema } } },
  },
  responses: {
    200: { description: "As it is now.", content: jsonVideo },
    ...problems(
      "invalidJson",
      "unauthenticated",
      "forbidden",
      "notFound",
      "bodyTooLarge",
      "unsupportedMediaType",
      "unprocessable",
      "unavailable",
    ),
  },
});

const remove = createRoute({
  ...write,
  method: "delete",
  path: "/v1/videos/{videoId}",
  operationId: "deleteVideo",
  summary: "Delete a video and everything stored of it",
  description:
    "Its playback ids stop at once, its encoding and its uploads are ended, and its objects are removed " +
    "within minutes. There is no way back.",
  request: { params: videoParams },
  responses: {
    204: { description: "Gone." },
    ...problems("unauthenticated", "forbidden", "notFound", "unavailable"),
  },
});

export const videoRoutes = apiRoutes()
  .openapi(create, async (c) => {
    const { playbackPolicy, segmentSeconds, availableFrom, availableUntil, ...fields } = c.req.valid("json");
    const video = {
      ...fields,
      policy: playbackPolicy,
      segmentFragments: fragmentsIn(segmentSeconds),
      availableFromMs: msOrNull(availableFrom),
      availableUntilMs: msOrNull(availableUntil),
    };
    const created = createVideo(c.env.DB, video, Date.now());
    await c.env.DB.batch([...created.statements]);
    const stored = await findVideo(c.env.DB, created.videoId);
    if (stored === null) throw new Error("a video that was just made is not there");
    const sites = sitesOf(c.req.raw, c.env);
    return c.json(toVideo(stored, sites), 201, {
      Location: `${sites.api}/v1/videos/${stored.row.id}`,
    });
  })
  .openapi(list, async (c) => {
    const { cursor, ...filter } = c.req.valid("query");
    // The page size may change on the way, the filters may not.
    const { state, creator, tag, search, createdAfter, createdBefore } = filter;
    const query = JSON.stringify(["videos", state, creator, search, createdAfter, createdBefore, tag]);
    const beforeId = cursor === undefined ? null : await readCursor(cursor, query);
    if (cursor !== undefined && beforeId === null) return problem(c, "invalidCursor");
    const page = await listVideos(c.env.DB, filter, beforeId);
    const last = page.videos.at(-1);
    const sites = sitesOf(c.req.raw, c.env);
    return c.json(
      {
        data: page.videos.map((video) => toVideo(video, sites)),
        nextCursor: page.more && last !== undefined ? await makeCursor(last.row.id, query) : null,
      },
      200,
    );
  })
  .openapi(get, async (c) => {
    const stored = await findVideo(c.env.DB, c.req.valid("param").videoId);
    if (stored === null) return problem(c, "notFound");
    return c.json(toVideo(stored, sitesOf(c.req.raw, c.env)), 200);
  })
  .openapi(patch, async (c) => {
    const { videoId } = c.req.valid("param");
    const asked = c.req.valid("json");
    const nowMs = Date.now();
    const before = await findVideo(c.env.DB, videoId);
    if (before === null) return problem(c, "notFound");
    if (!isOpenSometime(before.row, asked)) {
      const fault = { pointer: "#/availableUntil", detail: "It would end before it begins." };
      return problem(c, "unprocessable", { errors: [fault] });
    }
    const limits = limitsIn(before.row);
    const narrows = isTighterLimits(limits, asked.playback ?? limits);
    if (narrows) {
      const ids = before.ids.map(({ id }) => id);
      const ended = await endOutdatedSessions(c.env, ids, nowMs);
      if (!ended.ok) return problem(c, "unavailable", retry);
    }
    const changed = await patchVideo(c.env.DB, videoId, asked, nowMs, narrows);
    const stored = changed ? await findVideo(c.env.DB, videoId) : null;
    if (stored === null) return problem(c, "notFound");
    return c.json(toVideo(stored, sitesOf(c.req.raw, c.env)), 200);
  })
  .openapi(remove, async (c) => {
    switch (await removeVideo(c.env, c.req.valid("param").videoId, Date.now())) {
      case "removed":
        return c.body(null, 204);
      case "unknown":
        return problem(c, "notFound");
      case "unavailable":
        return problem(c, "unavailable", retry);
    }
  });

/** With what is asked for and, of what is not, what is there. */
function isOpenSometime(row: VideoRow, { availableFrom, availableUntil }: VideoPatch): boolean {
  const from = availableFrom === undefined ? row.availableFrom : msOrNull(availableFrom);
  const until = availableUntil === undefined ? row.availableUntil : msOrNull(availableUntil);
  return from === null || until === null || from < until;
}
