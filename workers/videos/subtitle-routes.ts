// Texts that a source carried, as what they became: WebVTT.
import { createRoute, z } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { sitesOf } from "#workers/http/host.ts";
import { subtitlesKey } from "#workers/storage/keys.ts";
import { textOrder } from "#workers/transcoding/seal.ts";
import { videoParams } from "./contract.ts";

const read = { tags: ["videos"], middleware: requireScope("videos:read") };

const subtitlesSchema = z
  .object({
    id: z.string().openapi({ description: "`t0`, `t1` …, in the order of the source.", example: "t0" }),
    language: z
      .string()
      .openapi({ description: "BCP 47; `und` when the source does not say.", example: "en" }),
    title: z.string().openapi({ description: "As the source says it; may be empty." }),
    isDefault: z.boolean(),
    isForced: z.boolean().openapi({ description: "Only what is not in the language of the sound." }),
    url: z.url().openapi({ description: "Of the WebVTT file, for callers of the API." }),
  })
  .openapi("Subtitles");

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

interface Row {
  readonly version: number;
  readonly id: string;
  readonly language: string;
  readonly title: string;
  readonly is_default: number;
  readonly is_forced: number;
  readonly attempt: number;
}

/** Of the version that plays. Null: no such video. */
async function rowsOf(db: D1Database, videoId: string): Promise<readonly Row[] | null> {
  const [videos, rows] = await db.batch([
    db.prepare("SELECT 1 FROM videos WHERE id = ?").bind(videoId),
    db
      .prepare(
        `SELECT s.* FROM subtitles s JOIN videos v ON v.id = s.video_id AND v.version = s.version
         WHERE s.video_id = ? ORDER BY CAST(substr(s.id, 2) AS INTEGER)`,
      )
      .bind(videoId),
  ]);
  return videos?.results.length === 0 ? null : ((rows?.results ?? []) as unknown as readonly Row[]);
}

export const subtitleRoutes = apiRoutes()
  .openapi(list, async (c) => {
    const { videoId } = c.req.valid("param");
    const rows = await rowsOf(c.env.DB, videoId);
    if (rows === null) return problem(c, "notFound");
    const { api } = sitesOf(c.req.raw, c.env);
    const data = rows.map(({ id, language, title, is_default, is_forced }) => ({
      ...{ id, language, title, isDefault: is_default === 1, isForced: is_forced === 1 },
      url: `${api}/v1/videos/${videoId}/subtitles/${id}.vtt`,
    }));
    return c.json({ data }, 200);
  })
  .openapi(get, async (c) => {
    const { videoId, file } = c.req.valid("param");
    const row = (await rowsOf(c.env.DB, videoId))?.find(({ id }) => `${id}.vtt` === file);
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
