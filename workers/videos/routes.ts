import { createRoute } from "@hono/zod-openapi";
import { endOutdatedSessions } from "#workers/access/policy-changed.ts";
import { isTighterLimits } from "#workers/access/policy-tightening.ts";
import { emitted } from "#workers/events/emit.ts";
import { always } from "#workers/outbox/outbox.ts";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { sitesOf } from "#workers/http/host.ts";
import { makeCursor, readCursor } from "#workers/http/paging.ts";
import { sendAll } from "#workers/outbox/outbox.ts";
import {
  newVideoSchema,
  videoDetailSchema,
  videoFilterSchema,
  videoListSchema,
  videoParams,
  videoPatchSchema,
  videoSchema,
  type VideoPatch,
} from "./contract.ts";
import { msOrNull } from "./create.ts";
import { progressOf } from "./encoding-progress.ts";
import { makeVideo } from "./make-video.ts";
import { limitsIn, toVideo, toVideoDetail, type VideoRow } from "./present.ts";
import { removeVideo } from "./remove.ts";
import { findVideo, listVideos, patchVideo } from "./store.ts";
import { findTexts } from "./subtitles.ts";

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
  summary: "Make a video: of an object in your bucket, or one that awaits its upload",
  description:
    "Uploads make their own video. This is for a video that must have an id before its upload, and, with `source`, for " +
    "an object that is in the media bucket already: it is played and encoded from where it is.",
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
      "encodingProfileUnknown",
      "sourceObjectMissing",
      "sourceObjectEmpty",
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
    200: { description: "It.", content: { "application/json": { schema: videoDetailSchema } } },
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
    const behind = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
    const made = await makeVideo(c.env, c.req.valid("json"), Date.now(), behind);
    if (!made.ok) return problem(c, made.reason);
    const stored = await findVideo(c.env.DB, made.value);
    if (stored === null) throw new Error("a video that was just made is not there");
    const sites = sitesOf(c.req.raw, c.env);
    c.set("revision", stored.row.revision);
    return c.json(toVideo(stored, sites), 201, {
      Location: `${sites.api}/v1/videos/${stored.row.id}`,
    });
  })
  .openapi(list, async (c) => {
    const { cursor, ...filter } = c.req.valid("query");
    // The page size may change on the way, the filters may not.
    const { state, creator, tag, search, createdAfter, createdBefore, metadata } = filter;
    const query = JSON.stringify([
      "videos",
      state,
      creator,
      search,
      createdAfter,
      createdBefore,
      tag,
      metadata,
    ]);
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
    const { videoId } = c.req.valid("param");
    const [stored, texts] = await Promise.all([findVideo(c.env.DB, videoId), findTexts(c.env.DB, videoId)]);
    if (stored === null) return problem(c, "notFound");
    c.set("revision", stored.row.revision);
    const detail = { texts: texts ?? [], progress: await progressOf(c.env, stored.row) };
    return c.json(toVideoDetail(stored, detail, sitesOf(c.req.raw, c.env)), 200);
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
    const told = emitted(c.env.DB, { type: "video.updated", videoId }, nowMs, always);
    const changed = await patchVideo(c.env.DB, videoId, asked, nowMs, narrows, told.statement);
    await sendAll(c.env, [told]);
    const stored = changed ? await findVideo(c.env.DB, videoId) : null;
    if (stored === null) return problem(c, "notFound");
    c.set("revision", stored.row.revision);
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
