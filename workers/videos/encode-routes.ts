import { createRoute, z } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { sitesOf } from "#workers/http/host.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { encodingSetting, prioritySetting } from "#workers/transcoding/profile-contract.ts";
import { findEncoding } from "#workers/transcoding/profile-store.ts";
import { passthrough } from "#workers/transcoding/profile.ts";
import { videoParams, videoSchema } from "./contract.ts";
import { encodePassthrough } from "./encode-passthrough.ts";
import { toVideo } from "./present.ts";
import { findVideo } from "./store.ts";

const encodeSchema = z
  .strictObject({
    encoding: encodingSetting
      .refine((encoding) => encoding !== passthrough, "That is no encode")
      .default("standard"),
    priority: prioritySetting.optional(),
  })
  .openapi("Encode", { example: { encoding: "standard", priority: "low" } });
const encode = createRoute({
  tags: ["videos"],
  middleware: [requireScope("videos:write"), jsonBody],
  method: "post",
  path: "/v1/videos/{videoId}/encode",
  operationId: "encodeVideo",
  summary: "Encode a video that was only to be played as it came",
  description:
    'For videos of `encoding: "passthrough"`, those included whose file turned out not to suit it. The file goes on ' +
    "playing meanwhile. What failed while it was encoded is taken up by POST /v1/jobs/{videoId}/requeue instead.",
  request: {
    params: videoParams,
    body: { required: true, content: { "application/json": { schema: encodeSchema } } },
  },
  responses: {
    202: {
      description: "It will be encoded.",
      content: { "application/json": { schema: videoSchema } },
    },
    ...problems(
      "invalidJson",
      "unauthenticated",
      "forbidden",
      "notFound",
      "conflict",
      "gone",
      "bodyTooLarge",
      "unsupportedMediaType",
      "unprocessable",
      "encodingProfileUnknown",
    ),
  },
});

export const encodeRoutes = apiRoutes().openapi(encode, async (c) => {
  const { videoId } = c.req.valid("param");
  const { encoding, priority: asked } = c.req.valid("json");
  const before = await findVideo(c.env.DB, videoId);
  if (before === null) return problem(c, "notFound");
  const known = await findEncoding(c.env.DB, encoding);
  if (known === null) return problem(c, "encodingProfileUnknown");
  const priority = asked ?? before.row.priority;
  const settings = { encoding, priority, profile: known.settings };
  const wanted = await encodePassthrough(c.env, videoId, settings, Date.now());
  if (!wanted.ok) {
    switch (wanted.reason) {
      case "unknown":
        return problem(c, "notFound");
      case "noFile":
        return problem(c, "conflict", { detail: "Its file has not arrived." });
      case "isEncoded":
        return problem(c, "conflict", { detail: "It is encoded, or being encoded, or that has failed." });
      case "sourceGone":
        return problem(c, "gone", { detail: "Its file is not there any more." });
    }
  }
  const stored = await findVideo(c.env.DB, videoId);
  if (stored === null) return problem(c, "notFound");
  return c.json(toVideo(stored, sitesOf(c.req.raw, c.env)), 202);
});
