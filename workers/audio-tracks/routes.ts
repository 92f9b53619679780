// Sounds of a video: what its versions have, and what the owner says of them.
import { createRoute, z } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { videoParams } from "#workers/videos/contract.ts";
import { removeSound } from "./added-sounds.ts";
import { audioTrackListSchema, audioTrackPatchSchema, audioTrackSchema } from "./contract.ts";
import { findAudioTrack, listAudioTracks, patchAudioTrack } from "./store.ts";

const tags = ["audioTracks"];

const trackParams = videoParams.extend({
  track: z
    .string()
    .max(16)
    .openapi({ param: { name: "track", in: "path" }, example: "a0" }),
});

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

const get = createRoute({
  tags,
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/videos/{videoId}/audio-tracks/{track}",
  operationId: "getAudioTrack",
  summary: "Get an audio track",
  request: { params: trackParams },
  responses: {
    200: { description: "The track.", content: { "application/json": { schema: audioTrackSchema } } },
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
    params: trackParams,
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

const remove = createRoute({
  tags,
  middleware: requireScope("videos:write"),
  method: "delete",
  path: "/v1/videos/{videoId}/audio-tracks/{track}",
  operationId: "deleteAudioTrack",
  summary: "Remove a sound that was added",
  description: "Of the sounds of the video's own file none can be removed.",
  request: { params: trackParams },
  responses: {
    204: { description: "Gone, or not waited for any more." },
    ...problems("unauthenticated", "forbidden", "notFound", "conflict"),
  },
});

export const audioTrackRoutes = apiRoutes()
  .openapi(list, async (c) => {
    const found = await listAudioTracks(c.env.DB, c.req.valid("param").videoId);
    return found === null ? problem(c, "notFound") : c.json({ data: [...found] }, 200);
  })
  .openapi(get, async (c) => {
    const { videoId, track } = c.req.valid("param");
    const found = await findAudioTrack(c.env.DB, videoId, track);
    return found === undefined ? problem(c, "notFound") : c.json(found, 200);
  })
  .openapi(patch, async (c) => {
    const { videoId, track } = c.req.valid("param");
    if ((await findAudioTrack(c.env.DB, videoId, track)) === undefined) return problem(c, "notFound");
    await patchAudioTrack(c.env, videoId, track, c.req.valid("json"), Date.now());
    const after = await findAudioTrack(c.env.DB, videoId, track);
    return after === undefined ? problem(c, "notFound") : c.json(after, 200);
  })
  .openapi(remove, async (c) => {
    const { videoId, track } = c.req.valid("param");
    const found = await findAudioTrack(c.env.DB, videoId, track);
    if (found === undefined) return problem(c, "notFound");
    if (!found.added) return problem(c, "conflict", { detail: "It is of the video's own file." });
    return (await removeSound(c.env, videoId, track, Date.now()))
      ? c.body(null, 204)
      : problem(c, "notFound");
  });
