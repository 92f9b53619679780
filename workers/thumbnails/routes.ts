// A picture of a video for its owner, whatever viewers need for it: a dashboard shows what nobody else may see yet.
import { createRoute, z } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { PlaybackIsolate } from "#workers/playback/isolate.ts";
import { answerPicture } from "#workers/playback/pictures.ts";
import { decidePlayable } from "#workers/playback/playable.ts";
import type { RefusalReason } from "#workers/playback/refusals.ts";
import { videoParams } from "#workers/videos/contract.ts";
import { findVideo } from "#workers/videos/store.ts";

const thumbnailQuery = z.object({
  time: z
    .string()
    .optional()
    .openapi({ description: "Seconds from the start; the poster where it is not given.", example: "12.5" }),
  width: z.string().optional().openapi({
    description: "In pixels: the smallest picture that is at least so wide, else the largest.",
    example: "320",
  }),
});

const get = createRoute({
  tags: ["videos"],
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/videos/{videoId}/thumbnail.jpg",
  operationId: "getVideoThumbnail",
  summary: "Get a picture of a video, whoever may watch it",
  description:
    "For pages of yours. Viewers get theirs from `/p/{playbackId}/thumbnail.jpg`; a video without a playback id has none.",
  request: { params: videoParams, query: thumbnailQuery },
  responses: {
    200: {
      description: "It.",
      content: { "image/jpeg": { schema: z.string().openapi({ format: "binary" }) } },
    },
    304: { description: "As `If-None-Match` names it." },
    ...problems(
      ...(["invalidParameter", "unauthenticated", "forbidden", "notFound"] as const),
      ...(["videoNotPlayable", "notYetPlayable", "notYetComplete"] as const),
    ),
  },
});

function codeOf(reason: RefusalReason) {
  if (reason === "invalidTime" || reason === "invalidWidth") return "invalidParameter";
  return reason === "notYetComplete" ? reason : "notFound";
}

/** What is remembered of pictures and of what they belong to, beside what viewers ask for. */
const memory = new PlaybackIsolate();

export const thumbnailRoutes = apiRoutes().openapi(get, async (c) => {
  const video = await findVideo(c.env.DB, c.req.valid("param").videoId);
  const [playbackId] = video?.ids ?? [];
  if (playbackId === undefined) return problem(c, "notFound");
  const { env } = c;
  const ctx = c.executionCtx as ExecutionContext;
  const nowMs = Date.now();
  const record = await memory.records.find(playbackId.id, env, ctx, nowMs);
  if (record === null) return problem(c, "notFound");
  const playable = decidePlayable(record);
  if (!playable.ok)
    return problem(c, playable.reason === "notPlayable" ? "videoNotPlayable" : "notYetPlayable");
  const asking = Object.entries(c.req.valid("query")).map(([name, value]) => [name, value ?? ""]);
  const query = new URLSearchParams(asking).toString();
  const asked = { request: c.req.raw, env, ctx, nowMs, query };
  const call = { ...asked, explaining: false, record, media: playable.value };
  const answer = await answerPicture(memory, call, "thumbnail");
  if (!answer.ok) return problem(c, codeOf(answer.reason.reason));
  const headers = new Headers(answer.value.headers);
  // Not for caches that others ask.
  headers.set("Cache-Control", "private, max-age=60");
  return new Response(answer.value.body, { status: answer.value.status, headers });
});
