// Sounds of a video: what its versions have, and what the owner says of them.
import { createRoute, z } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { videoParams } from "#workers/videos/contract.ts";
import { audioTrackListSchema, audioTrackPatchSchema, audioTrackSchema } from "./contract.ts";
import { listAudioTracks, patchAudioTrack } from "./store.ts";

const tags = ["audio tracks"];

const list = createRoute({
  tags,
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/videos/{videoId}/audio-tracks",
  operationId: "listAudioTracks",
  summary: "List a video's audio tracks",
  request: { params: videoParams },
  responses: {
    200: {
      description: "All of them.",
      content: {
        "application/json": {
          schema: audioTrackListSchema,
        },
      },
    },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const patch = createRoute({
  tags,
  middleware: [requireScope("videos:write"), jsonBody],
  method: "patch",
  path: "/v1/videos/{videoId}/audio-tracks/{track}",
  operationId: "patchAudioTrack",
  summary: "Relabel, prefer or reorder an audio track",
  request: {
    params: videoParams.extend({
      track: z
        .string()
        .max(16)
        .openapi({ param: { name: "track", in: "path" }, example: "a0" }),
    }),
    body: { required: true, content: { "application/json": { schema: audioTrackPatchSchema } } },
  },
  responses: {
    200: { description: "As it is now.", content: { "application/json": { schema: audioTrackSchema } } },
    ...problems(
      ...(["unauthenticated", "forbidden", "notFound"] as const),
      ...(["invalidJson", "bodyTooLarge", "unsupportedMediaType", "unprocessable"] as const),
    ),
  },
});

export const audioTrackRoutes = apiRoutes()
  .openapi(list, async (c) => {
    const found = await listAudioTracks(c.env.DB, c.req.valid("param").videoId);
    return found === null ? problem(c, "notFound") : c.json({ data: [...found] }, 200);
  })
  .openapi(patch, async (c) => {
    const { videoId, track } = c.req.valid("param");
    const before = await listAudioTracks(c.env.DB, videoId);
    if (before?.some(({ id }) => id === track) !== true) return problem(c, "notFound");
    await patchAudioTrack(c.env, videoId, track, c.req.valid("json"), Date.now());
    const after = (await listAudioTracks(c.env.DB, videoId))?.find(({ id }) => id === track);
    return after === undefined ? problem(c, "notFound") : c.json(after, 200);
  });
