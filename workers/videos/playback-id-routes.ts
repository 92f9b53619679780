import { createRoute } from "@hono/zod-openapi";
import { endOutdatedSessions } from "#workers/access/policy-changed.ts";
import { isTighter, type PlaybackTerms } from "#workers/access/policy-tightening.ts";
import { defaultStreamLimit } from "#workers/access/policy.ts";
import { endPlaybackIds } from "#workers/access/revocations-client.ts";
import { requireScope } from "#workers/access/require-scope.ts";
import type { Env } from "#workers/env.ts";
import { emitted } from "#workers/events/emit.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { sitesOf } from "#workers/http/host.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { sendAll } from "#workers/outbox/outbox.ts";
import { foundPlaybackIdSchema, playbackIdParams, videoParams } from "./contract.ts";
import { createPlaybackId } from "./create.ts";
import {
  newPlaybackIdSchema,
  playbackIdListSchema,
  playbackIdPatchSchema,
  playbackIdSchema,
  type PlaybackIdPatch,
} from "./playback-id-contract.ts";
import { accessIn, toPlaybackId, type PlaybackIdRow } from "./present.ts";
import { countPlaybackIds, deletePlaybackId, findPlaybackId, findVideo, patchPlaybackId } from "./store.ts";

const maxPlaybackIds = 20;
const retry = { headers: { "Retry-After": "1" } };

const tags = ["videos"];
const writeJson = { tags, middleware: [requireScope("videos:write"), jsonBody] };
const jsonPlaybackId = { "application/json": { schema: playbackIdSchema } };
const bodyProblems = ["invalidJson", "bodyTooLarge", "unsupportedMediaType", "unprocessable"] as const;

const add = createRoute({
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
    201: { description: "The new id.", content: jsonPlaybackId },
    ...problems("unauthenticated", "forbidden", "notFound", "conflict", ...bodyProblems),
  },
});

const list = createRoute({
  tags,
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/videos/{videoId}/playback-ids",
  operationId: "listPlaybackIds",
  summary: "List a video's playback ids",
  request: { params: videoParams },
  responses: {
    200: {
      description: "All of them, oldest first.",
      content: { "application/json": { schema: playbackIdListSchema } },
    },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const get = createRoute({
  tags,
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/videos/{videoId}/playback-ids/{playbackId}",
  operationId: "getPlaybackId",
  summary: "Get a playback id",
  request: { params: playbackIdParams },
  responses: {
    200: { description: "The playback id.", content: jsonPlaybackId },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const find = createRoute({
  tags,
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/playback-ids/{playbackId}",
  operationId: "findPlaybackId",
  summary: "Find the video of a playback id",
  description: "For who has a URL that plays, and looks for the video.",
  request: { params: playbackIdParams.omit({ videoId: true }) },
  responses: {
    200: {
      description: "The playback id, and whose it is.",
      content: { "application/json": { schema: foundPlaybackIdSchema } },
    },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const patch = createRoute({
  ...writeJson,
  method: "patch",
  path: "/v1/videos/{videoId}/playback-ids/{playbackId}",
  operationId: "patchPlaybackId",
  summary: "Change who may watch by a playback id, where, and what",
  description:
    "Holds everywhere within seconds. Where less is allowed than before, sessions that are running end, and begin " +
    "anew by the new rules.",
  request: {
    params: playbackIdParams,
    body: { required: true, content: { "application/json": { schema: playbackIdPatchSchema } } },
  },
  responses: {
    200: { description: "As it is now.", content: jsonPlaybackId },
    ...problems("unauthenticated", "forbidden", "notFound", "unavailable", ...bodyProblems),
  },
});

const remove = createRoute({
  tags,
  middleware: requireScope("videos:write"),
  method: "delete",
  path: "/v1/videos/{videoId}/playback-ids/{playbackId}",
  operationId: "deletePlaybackId",
  summary: "Delete a playback id",
  description: "Every URL that begins with it stops working, within seconds. The video stays.",
  request: { params: playbackIdParams },
  responses: {
    204: { description: "Gone." },
    ...problems("unauthenticated", "forbidden", "notFound", "unavailable"),
  },
});

export const playbackIdRoutes = apiRoutes()
  .openapi(add, async (c) => {
    const { videoId } = c.req.valid("param");
    if ((await countPlaybackIds(c.env.DB, videoId)) >= maxPlaybackIds) {
      return problem(c, "conflict", { detail: `A video has at most ${maxPlaybackIds} playback ids.` });
    }
    const { policy, restrictions, limits, streams, downloads } = c.req.valid("json");
    const access = {
      ...(restrictions === undefined ? {} : { restrictions }),
      ...(limits === undefined ? {} : { limits }),
      ...(streams == null ? {} : { streamLimit: streams }),
      ...(downloads === true ? { downloads } : {}),
    };
    const nowMs = Date.now();
    const { playbackId, statement } = createPlaybackId(c.env.DB, { videoId, policy, access }, nowMs);
    const told = emitted(c.env.DB, { type: "video.updated", videoId }, nowMs);
    await c.env.DB.batch([statement, told.statement]);
    await sendAll(c.env, [told]);
    const row = await findPlaybackId(c.env.DB, playbackId);
    if (row === null) return problem(c, "notFound");
    c.set("revision", row.revision);
    return c.json(toPlaybackId(row, sitesOf(c.req.raw, c.env)), 201);
  })
  .openapi(list, async (c) => {
    const video = await findVideo(c.env.DB, c.req.valid("param").videoId);
    if (video === null) return problem(c, "notFound");
    const sites = sitesOf(c.req.raw, c.env);
    return c.json({ data: video.ids.map((row) => toPlaybackId(row, sites)) }, 200);
  })
  .openapi(get, async (c) => {
    const { videoId, playbackId } = c.req.valid("param");
    const row = await findPlaybackId(c.env.DB, playbackId);
    if (row === null || row.videoId !== videoId) return problem(c, "notFound");
    c.set("revision", row.revision);
    return c.json(toPlaybackId(row, sitesOf(c.req.raw, c.env)), 200);
  })
  .openapi(find, async (c) => {
    const row = await findPlaybackId(c.env.DB, c.req.valid("param").playbackId);
    if (row === null) return problem(c, "notFound");
    return c.json({ ...toPlaybackId(row, sitesOf(c.req.raw, c.env)), videoId: row.videoId }, 200);
  })
  .openapi(patch, async (c) => {
    const { videoId, playbackId } = c.req.valid("param");
    const before = await findPlaybackId(c.env.DB, playbackId);
    if (before === null || before.videoId !== videoId) return problem(c, "notFound");
    const asked = c.req.valid("json");
    const narrows = isTighter(termsOf(before, {}, c.env), termsOf(before, asked, c.env));
    if (narrows) {
      const ended = await endOutdatedSessions(c.env, [playbackId], Date.now());
      if (!ended.ok) return problem(c, "unavailable", retry);
    }
    const told = emitted(c.env.DB, { type: "video.updated", videoId }, Date.now());
    const after = await patchPlaybackId(c.env.DB, videoId, playbackId, asked, narrows, told.statement);
    await sendAll(c.env, [told]);
    if (after === null) return problem(c, "notFound");
    c.set("revision", after.revision);
    return c.json(toPlaybackId(after, sitesOf(c.req.raw, c.env)), 200);
  })
  .openapi(remove, async (c) => {
    const { videoId, playbackId } = c.req.valid("param");
    const known = await findPlaybackId(c.env.DB, playbackId);
    if (known === null || known.videoId !== videoId) return problem(c, "notFound");
    const ended = await endPlaybackIds(c.env, [playbackId]);
    if (!ended.ok) return problem(c, "unavailable", retry);
    const told = emitted(c.env.DB, { type: "video.updated", videoId }, Date.now());
    const deleted = await deletePlaybackId(c.env.DB, videoId, playbackId, told.statement);
    await sendAll(c.env, [told]);
    return deleted ? c.body(null, 204) : problem(c, "notFound");
  });

/** With what is asked for and, of what is not, what is there. */
function termsOf(
  row: PlaybackIdRow,
  asked: PlaybackIdPatch,
  env: Pick<Env, "DEFAULT_MAX_STREAMS">,
): PlaybackTerms {
  const { restrictions = {}, limits = {}, streamLimit } = accessIn(row);
  const streams = asked.streams === undefined ? streamLimit : asked.streams;
  return {
    policy: asked.policy ?? row.policy,
    restrictions: asked.restrictions ?? restrictions,
    limits: asked.limits ?? limits,
    streamLimit: streams ?? defaultStreamLimit(env.DEFAULT_MAX_STREAMS),
  };
}
