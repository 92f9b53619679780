// Texts that a source carried, as what they became: WebVTT.
import { createRoute, z } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { sitesOf } from "#workers/http/host.ts";
import { subtitlesKey } from "#workers/storage/keys.ts";
import { textOrder } from "#workers/transcoding/seal.ts";
import { subtitlesSchema, videoParams } from "./contract.ts";
import { findTexts, toSubtitles } from "./subtitles.ts";

const read = { tags: ["videos"], middleware: requireScope("videos:read") };

const list = createRoute({
  ...read,
  method: "get",
  path: "/v1/videos/{videoId}/subtitles",
  operationId: "listSubtitles",
  summary: "List the texts that a video's source carried",
  description:
    "Each is there as soon as it was taken out of the source, which may be before the video is ready.",
  request: { params: videoParams },
  responses: {
    200: {
      description: "All of them.",
      content: {
        "application/json": { schema: z.object({ data: z.array(subtitlesSchema) }).openapi("SubtitlesList") },
      },
    },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const fileParams = videoParams.extend({
  file: z.string().openapi({ param: { name: "file", in: "path" }, example: "t0.vtt" }),
});

const get = createRoute({
  ...read,
  method: "get",
  path: "/v1/videos/{videoId}/subtitles/{file}",
  operationId: "getSubtitles",
  summary: "Get a text as WebVTT",
  request: { params: fileParams },
  responses: {
    200: { description: "It.", content: { "text/vtt": { schema: z.string() } } },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

export const subtitleRoutes = apiRoutes()
  .openapi(list, async (c) => {
    const { videoId } = c.req.valid("param");
    const rows = await findTexts(c.env.DB, videoId);
    if (rows === null) return problem(c, "notFound");
    const sites = sitesOf(c.req.raw, c.env);
    return c.json({ data: rows.map((row) => toSubtitles(row, videoId, sites)) }, 200);
  })
  .openapi(get, async (c) => {
    const { videoId, file } = c.req.valid("param");
    const row = (await findTexts(c.env.DB, videoId))?.find(({ id }) => `${id}.vtt` === file);
    if (row === undefined) return problem(c, "notFound");
    const { version, id, attempt } = row;
    const object = await c.env.MEDIA.get(subtitlesKey(videoId, version, textOrder(id), attempt));
    if (object === null) return problem(c, "notFound");
    // Not told what it is by anybody: the bytes come from a file that somebody uploaded.
    return c.body(await object.text(), 200, {
      "Content-Type": "text/vtt; charset=utf-8",
      "Cache-Control": "private, max-age=60",
    });
  });
