import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { sitesOf } from "#workers/http/host.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { videoParams, videoSchema } from "#workers/videos/contract.ts";
import { toVideo } from "#workers/videos/present.ts";
import { findVideo } from "#workers/videos/store.ts";
import { newClipSchema } from "./contract.ts";
import { createClip } from "./create-clip.ts";

const create = createRoute({
  tags: ["clips"],
  middleware: [requireScope("videos:write"), jsonBody],
  method: "post",
  path: "/v1/videos/{videoId}/clips",
  operationId: "createClip",
  summary: "Make a video of a part of a video",
  description:
    "Nothing is encoded: it plays at once, with playback ids, captions and chapters of its own or those of its video. " +
    "It goes on playing when that is deleted.",
  request: {
    params: videoParams,
    body: { required: true, content: { "application/json": { schema: newClipSchema } } },
  },
  responses: {
    201: { description: "Made.", content: { "application/json": { schema: videoSchema } } },
    ...problems(
      ...(["unauthenticated", "forbidden", "notFound", "videoNotPlayable", "notYetComplete"] as const),
      ...(["invalidJson", "bodyTooLarge", "unsupportedMediaType", "unprocessable"] as const),
    ),
  },
});

export const clipRoutes = apiRoutes().openapi(create, async (c) => {
  const { playbackPolicy: policy, title, creator, ...asked } = c.req.valid("json");
  const made = await createClip(
    c.env,
    c.req.valid("param").videoId,
    { ...asked, title, creator, policy },
    Date.now(),
  );
  if (!made.ok) {
    if (made.reason !== "beyondEnd") {
      return problem(
        c,
        made.reason,
        made.reason === "notYetComplete" ? { headers: { "Retry-After": "5" } } : {},
      );
    }
    const fault = { pointer: "#/endSeconds", detail: "The video is not as long." };
    return problem(c, "unprocessable", { errors: [fault] });
  }
  const stored = await findVideo(c.env.DB, made.value);
  if (stored === null) return problem(c, "notFound");
  const sites = sitesOf(c.req.raw, c.env);
  return c.json(toVideo(stored, sites), 201, { Location: `${sites.api}/v1/videos/${made.value}` });
});
