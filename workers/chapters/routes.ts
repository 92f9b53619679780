import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { emitted } from "#workers/events/emit.ts";
import { always } from "#workers/outbox/outbox.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { sendAll } from "#workers/outbox/outbox.ts";
import { languageTag } from "#workers/packaging/languages.ts";
import { videoParams } from "#workers/videos/contract.ts";
import type { ChapterList } from "./chapter-list.ts";
import { chaptersListSchema, chaptersParams, chaptersSchema, newChaptersSchema } from "./contract.ts";
import { readChapters } from "./read-chapters.ts";

const tags = ["chapters"];

const list = createRoute({
  tags,
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/videos/{videoId}/chapters",
  operationId: "listChapters",
  summary: "List a video's chapters, by language",
  request: { params: videoParams },
  responses: {
    200: { description: "All of them.", content: { "application/json": { schema: chaptersListSchema } } },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const get = createRoute({
  tags,
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/videos/{videoId}/chapters/{language}",
  operationId: "getChapters",
  summary: "Get a video's chapters in a language",
  request: { params: chaptersParams },
  responses: {
    200: { description: "In their order.", content: { "application/json": { schema: chaptersSchema } } },
    ...problems("unauthenticated", "forbidden", "notFound", "invalidParameter"),
  },
});

const put = createRoute({
  tags,
  middleware: [requireScope("videos:write"), jsonBody],
  method: "put",
  path: "/v1/videos/{videoId}/chapters/{language}",
  operationId: "putChapters",
  summary: "Set a video's chapters in a language",
  description:
    "They replace those that were there. Players are told in new manifests, and by `chapters.vtt`.",
  request: {
    params: chaptersParams,
    body: { required: true, content: { "application/json": { schema: newChaptersSchema } } },
  },
  responses: {
    200: { description: "As they are now.", content: { "application/json": { schema: chaptersSchema } } },
    ...problems(
      ...(["unauthenticated", "forbidden", "notFound", "invalidParameter"] as const),
      ...(["invalidJson", "bodyTooLarge", "unsupportedMediaType", "unprocessable"] as const),
    ),
  },
});

const remove = createRoute({
  tags,
  middleware: requireScope("videos:write"),
  method: "delete",
  path: "/v1/videos/{videoId}/chapters/{language}",
  operationId: "deleteChapters",
  summary: "Delete a video's chapters in a language",
  request: { params: chaptersParams },
  responses: {
    204: { description: "Gone." },
    ...problems("unauthenticated", "forbidden", "notFound", "invalidParameter"),
  },
});

const shown = ({ language, chapters }: ChapterList) => ({ language, chapters: [...chapters] });

export const chapterRoutes = apiRoutes()
  .openapi(list, async (c) => {
    const { videoId } = c.req.valid("param");
    const known = await c.env.DB.prepare("SELECT 1 FROM videos WHERE id = ?").bind(videoId).first();
    if (known === null) return problem(c, "notFound");
    return c.json({ data: (await readChapters(c.env.DB, videoId)).map(shown) }, 200);
  })
  .openapi(get, async (c) => {
    const { videoId, language: asked } = c.req.valid("param");
    const lists = await readChapters(c.env.DB, videoId);
    const found = lists.find(({ language }) => language === languageTag(asked));
    return found === undefined ? problem(c, "notFound") : c.json(shown(found), 200);
  })
  .openapi(put, async (c) => {
    const { videoId, language: asked } = c.req.valid("param");
    const language = languageTag(asked);
    const { chapters } = c.req.valid("json");
    const nowMs = Date.now();
    const told = emitted(c.env.DB, { type: "chapters.updated", videoId, language }, nowMs);
    const [set] = await c.env.DB.batch([
      c.env.DB.prepare(
        `INSERT INTO chapters (video_id, language, list, updated_at) SELECT id, ?2, ?3, ?4 FROM videos WHERE id = ?1
         ON CONFLICT (video_id, language) DO UPDATE SET list = ?3, updated_at = ?4`,
      ).bind(videoId, language, JSON.stringify(chapters), nowMs),
      told.statement,
    ]);
    if ((set?.meta.changes ?? 0) === 0) return problem(c, "notFound");
    await sendAll(c.env, [told]);
    return c.json({ language, chapters }, 200);
  })
  .openapi(remove, async (c) => {
    const { videoId, language: asked } = c.req.valid("param");
    const language = languageTag(asked);
    const event = { type: "chapters.deleted", videoId, language } as const;
    const told = emitted(c.env.DB, event, Date.now(), always);
    const [, deleted] = await c.env.DB.batch([
      told.statement,
      c.env.DB.prepare("DELETE FROM chapters WHERE video_id = ? AND language = ?").bind(videoId, language),
    ]);
    if ((deleted?.meta.changes ?? 0) === 0) return problem(c, "notFound");
    await sendAll(c.env, [told]);
    return c.body(null, 204);
  });
