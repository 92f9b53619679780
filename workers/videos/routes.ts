import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { originOf } from "#workers/http/origin.ts";
import { makeCursor, readCursor } from "#workers/http/paging.ts";
import {
  newPlaybackIdSchema,
  newVideoSchema,
  playbackIdParams,
  playbackIdSchema,
  videoFilterSchema,
  videoListSchema,
  videoParams,
  videoPatchSchema,
  videoSchema,
} from "./contract.ts";
import { createPlaybackId, createVideo } from "./create.ts";
import { toPlaybackId, toVideo } from "./present.ts";
import { removeVideo } from "./remove.ts";
import { segmentFragments as fragmentsIn } from "./segment-seconds.ts";
import {
  countPlaybackIds,
  deletePlaybackId,
  findPlaybackId,
  findVideo,
  listVideos,
  patchVideo,
} from "./store.ts";

const maxPlaybackIds = 20;

const read = { tags: ["videos"], middleware: requireScope("videos:read") };
const write = { tags: ["videos"], middleware: requireScope("videos:write") };
const writeJson = { tags: ["videos"], middleware: [requireScope("videos:write"), jsonBody] };
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
  summary: "Change a video's title, creator or metadata",
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
  responses: { 204: { description: "Gone." }, ...problems("unauthenticated", "forbidden", "notFound") },
});

const addPlaybackId = createRoute({
  ...writeJson,
  method: "post",
  path: "/v1/videos/{videoId}/playback-ids",
  operationId: "createPlaybackId",
  summary: "Give a video another playback id",
  request: {
    params: videoParams,
    body: { required: true, content: { "application/json": { schema: newPlaybackIdSchema } } },
  },
  responses: {
    201: { description: "The new id.", content: { "application/json": { schema: playbackIdSchema } } },
    ...problems(
      "invalidJson",
      "unauthenticated",
      "forbidden",
      "notFound",
      "conflict",
      "bodyTooLarge",
      "unsupportedMediaType",
      "unprocessable",
    ),
  },
});

const removePlaybackId = createRoute({
  ...write,
  method: "delete",
  path: "/v1/videos/{videoId}/playback-ids/{playbackId}",
  operationId: "deletePlaybackId",
  summary: "Delete a playback id",
  description: "Every URL that begins with it stops working, within seconds. The video stays.",
  request: { params: playbackIdParams },
  responses: { 204: { description: "Gone." }, ...problems("unauthenticated", "forbidden", "notFound") },
});

export const videoRoutes = apiRoutes()
  .openapi(create, async (c) => {
    const { playbackPolicy, segmentSeconds, ...fields } = c.req.valid("json");
    const segmentFragments = fragmentsIn(segmentSeconds);
    const created = createVideo(
      c.env.DB,
      { ...fields, policy: playbackPolicy, segmentFragments },
      Date.now(),
    );
    await c.env.DB.batch([...created.statements]);
    const stored = await findVideo(c.env.DB, created.videoId);
    if (stored === null) throw new Error("a video that was just made is not there");
    const origin = originOf(c.req.raw);
    return c.json(toVideo(stored.row, stored.ids, origin), 201, {
      Location: `${origin}/v1/videos/${stored.row.id}`,
    });
  })
  .openapi(list, async (c) => {
    const { cursor, ...filter } = c.req.valid("query");
    // The page size may change on the way, the filters may not.
    const { state, creator, search, createdAfter, createdBefore } = filter;
    const query = JSON.stringify(["videos", state, creator, search, createdAfter, createdBefore]);
    const beforeId = cursor === undefined ? null : await readCursor(cursor, query);
    if (cursor !== undefined && beforeId === null) return problem(c, "invalidCursor");
    const page = await listVideos(c.env.DB, filter, beforeId);
    const last = page.videos.at(-1);
    const origin = originOf(c.req.raw);
    return c.json(
      {
        data: page.videos.map(({ row, ids }) => toVideo(row, ids, origin)),
        nextCursor: page.more && last !== undefined ? await makeCursor(last.row.id, query) : null,
      },
      200,
    );
  })
  .openapi(get, async (c) => {
    const stored = await findVideo(c.env.DB, c.req.valid("param").videoId);
    if (stored === null) return problem(c, "notFound");
    return c.json(toVideo(stored.row, stored.ids, originOf(c.req.raw)), 200);
  })
  .openapi(patch, async (c) => {
    const { videoId } = c.req.valid("param");
    const changed = await patchVideo(c.env.DB, videoId, c.req.valid("json"), Date.now());
    const stored = changed ? await findVideo(c.env.DB, videoId) : null;
    if (stored === null) return problem(c, "notFound");
    return c.json(toVideo(stored.row, stored.ids, originOf(c.req.raw)), 200);
  })
  .openapi(remove, async (c) => {
    const removed = await removeVideo(c.env, c.req.valid("param").videoId, Date.now());
    return removed ? c.body(null, 204) : problem(c, "notFound");
  })
  .openapi(addPlaybackId, async (c) => {
    const { videoId } = c.req.valid("param");
    if ((await countPlaybackIds(c.env.DB, videoId)) >= maxPlaybackIds) {
      return problem(c, "conflict", { detail: `A video has at most ${maxPlaybackIds} playback ids.` });
    }
    const { playbackId, statement } = createPlaybackId(
      c.env.DB,
      videoId,
      c.req.valid("json").policy,
      Date.now(),
    );
    await statement.run();
    const row = await findPlaybackId(c.env.DB, playbackId);
    if (row === null) return problem(c, "notFound");
    return c.json(toPlaybackId(row, originOf(c.req.raw)), 201);
  })
  .openapi(removePlaybackId, async (c) => {
    const { videoId, playbackId } = c.req.valid("param");
    const deleted = await deletePlaybackId(c.env.DB, videoId, playbackId);
    return deleted ? c.body(null, 204) : problem(c, "notFound");
  });
