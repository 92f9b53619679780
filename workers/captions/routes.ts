// Captions of a video: what was uploaded, and what its source carries, in one list.
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import type { ApiEnv } from "#workers/http/context.ts";
import { sitesOf } from "#workers/http/host.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { readBounded } from "#workers/http/read-bounded.ts";
import { printWebVtt } from "#workers/packaging/captions/print-webvtt.ts";
import { decodeCaptions } from "./decode-captions.ts";
import { captionId, readCaptionName, type CaptionName } from "./caption-name.ts";
import {
  captionListSchema,
  captionParams,
  captionPatchSchema,
  captionQuery,
  captionSchema,
  maxCaptionBytes,
} from "./contract.ts";
import { toCaption } from "./present.ts";
import {
  captionObjectKey,
  deleteCaption,
  findCaption,
  listCaptions,
  patchCaption,
  putCaption,
} from "./store.ts";
import { videoParams } from "#workers/videos/contract.ts";

const tags = ["captions"];
const read = { tags, middleware: requireScope("videos:read") };
const write = { tags, middleware: requireScope("videos:write") };
const jsonCaption = { "application/json": { schema: captionSchema } };

const list = createRoute({
  ...read,
  method: "get",
  path: "/v1/videos/{videoId}/captions",
  operationId: "listCaptions",
  summary: "List a video's captions",
  description: "Those that were uploaded, and the texts that the source carries.",
  request: { params: videoParams },
  responses: {
    200: { description: "All of them.", content: { "application/json": { schema: captionListSchema } } },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const file = z.string().openapi({ description: "WebVTT or SRT, UTF-8, told apart by what it holds." });
const upload = {
  ...write,
  path: "/v1/videos/{videoId}/captions/{caption}",
  summary: "Upload captions",
  description:
    "WebVTT or SRT, as the body itself or as the part `file` of a form. What was there under the name is replaced.",
  request: {
    params: captionParams,
    query: captionQuery,
    body: {
      required: true,
      content: {
        "text/vtt": { schema: file },
        "application/x-subrip": { schema: file },
        "application/octet-stream": { schema: file },
      },
    },
  },
  responses: {
    200: { description: "Replaced.", content: jsonCaption },
    201: { description: "New.", content: jsonCaption },
    ...problems(
      ...(["unauthenticated", "forbidden", "notFound", "invalidParameter"] as const),
      ...(["bodyTooLarge", "captionsInvalid"] as const),
    ),
  },
} as const;
const put = createRoute({ ...upload, method: "put", operationId: "putCaption" });
const post = createRoute({ ...upload, method: "post", operationId: "uploadCaption" });

const get = createRoute({
  ...read,
  method: "get",
  path: "/v1/videos/{videoId}/captions/{caption}",
  operationId: "getCaption",
  summary: "Get captions",
  request: { params: captionParams },
  responses: {
    200: {
      description: "It; with `.vtt` behind the name, the WebVTT file.",
      content: { ...jsonCaption, "text/vtt": { schema: z.string() } },
    },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const patch = createRoute({
  tags,
  middleware: [requireScope("videos:write"), jsonBody] as const,
  method: "patch",
  path: "/v1/videos/{videoId}/captions/{caption}",
  operationId: "patchCaption",
  summary: "Relabel, hide or prefer captions",
  request: {
    params: captionParams,
    body: { required: true, content: { "application/json": { schema: captionPatchSchema } } },
  },
  responses: {
    200: { description: "As it is now.", content: jsonCaption },
    ...problems(
      ...(["unauthenticated", "forbidden", "notFound", "conflict", "invalidJson"] as const),
      ...(["bodyTooLarge", "unsupportedMediaType", "unprocessable"] as const),
    ),
  },
});

const remove = createRoute({
  ...write,
  method: "delete",
  path: "/v1/videos/{videoId}/captions/{caption}",
  operationId: "deleteCaption",
  summary: "Delete captions that were uploaded",
  description: "A text of the source can be hidden, not deleted.",
  request: { params: captionParams },
  responses: {
    204: { description: "Gone." },
    ...problems("unauthenticated", "forbidden", "notFound", "conflict"),
  },
});

type Asked = { label?: string; default?: boolean; forced?: boolean; kind?: CaptionName["kind"] };

/** Null where path and query contradict each other, or the path names no language. */
function nameOf(text: string, { forced, kind }: Asked): CaptionName | null {
  const named = readCaptionName(text);
  if (named === null) return null;
  const isPlain = !named.isForced && named.kind === "subtitles";
  const isForced = forced ?? named.isForced;
  const asked = { ...named, isForced, kind: kind ?? named.kind };
  if (!isPlain && (asked.isForced !== named.isForced || asked.kind !== named.kind)) return null;
  return asked.isForced && asked.kind === "captions" ? null : asked;
}

async function answerUpload(c: Context<ApiEnv>, videoId: string, caption: string, asked: Asked) {
  const name = nameOf(caption, asked);
  if (name === null) {
    const detail = "A language tag, with .captions or .forced behind it where it is that, and not both.";
    return problem(c, "invalidParameter", { errors: [{ pointer: "caption", detail }] });
  }
  const bytes = await fileOf(c.req.raw);
  if (bytes === null) {
    return problem(c, "bodyTooLarge", { detail: `Captions may have ${maxCaptionBytes} bytes.` });
  }
  const captions = decodeCaptions(bytes);
  if (!captions.ok) {
    const { line, detail } = captions.reason;
    return problem(c, "captionsInvalid", { detail: line === 0 ? detail : `Line ${line}: ${detail}` });
  }
  const text = new Uint8Array(new TextEncoder().encode(printWebVtt(captions.value)));
  const label = asked.label ?? null;
  const isDefault = asked.default ?? null;
  const cues = captions.value.cues.length;
  const nowMs = Date.now();
  const done = await putCaption(c.env, videoId, { name, label, isDefault, text, cues }, nowMs);
  const stored = done === null ? null : await findCaption(c.env.DB, videoId, captionId(name));
  if (stored === null) return problem(c, "notFound");
  const shown = toCaption(stored, videoId, sitesOf(c.req.raw, c.env));
  return c.json(shown, done === "created" ? 201 : 200);
}

/** Null: too large. */
async function fileOf(request: Request): Promise<Uint8Array | null> {
  if (request.body === null) return new Uint8Array(0);
  const type = request.headers.get("Content-Type") ?? "";
  const isForm = /^multipart\/form-data\b/i.test(type);
  // A form has its own words around the file.
  const body = await readBounded(request.body, maxCaptionBytes + (isForm ? 10_000 : 0));
  if (body === null || !isForm) return body;
  try {
    const part = (
      await new Response(new Uint8Array(body), { headers: { "Content-Type": type } }).formData()
    ).get("file");
    if (part === null || typeof part === "string") return new TextEncoder().encode(part ?? "");
    return part.size > maxCaptionBytes ? null : new Uint8Array(await part.arrayBuffer());
  } catch {
    return new Uint8Array(0);
  }
}

/** As the list names it, whatever the case of what was asked for. */
function canonicalId(text: string): string {
  const name = readCaptionName(text);
  return name === null ? text : captionId(name);
}

export const captionRoutes = apiRoutes()
  .openapi(list, async (c) => {
    const { videoId } = c.req.valid("param");
    const stored = await listCaptions(c.env.DB, videoId);
    if (stored === null) return problem(c, "notFound");
    const sites = sitesOf(c.req.raw, c.env);
    return c.json({ data: stored.map((each) => toCaption(each, videoId, sites)) }, 200);
  })
  .openapi(put, async (c) => {
    const { videoId, caption } = c.req.valid("param");
    return answerUpload(c, videoId, caption, c.req.valid("query") as Asked);
  })
  .openapi(post, async (c) => {
    const { videoId, caption } = c.req.valid("param");
    return answerUpload(c, videoId, caption, c.req.valid("query") as Asked);
  })
  .openapi(get, async (c) => {
    const { videoId, caption } = c.req.valid("param");
    const wantsFile = caption.endsWith(".vtt");
    const id = canonicalId(wantsFile ? caption.slice(0, -".vtt".length) : caption);
    const stored = await findCaption(c.env.DB, videoId, id);
    if (stored === null) return problem(c, "notFound");
    if (!wantsFile) return c.json(toCaption(stored, videoId, sitesOf(c.req.raw, c.env)), 200);
    const object = await c.env.MEDIA.get(captionObjectKey(stored.entry));
    if (object === null) return problem(c, "notFound");
    return c.body(object.body, 200, {
      "Content-Type": "text/vtt; charset=utf-8",
      "Cache-Control": "private, no-cache",
      "X-Content-Type-Options": "nosniff",
    });
  })
  .openapi(patch, async (c) => {
    const { videoId, caption } = c.req.valid("param");
    const asked = c.req.valid("json");
    const before = await findCaption(c.env.DB, videoId, canonicalId(caption));
    if (before === null) return problem(c, "notFound");
    const renames = asked.language !== undefined || asked.kind !== undefined || asked.forced !== undefined;
    if (before.entry.origin.kind === "uploaded" && renames) {
      return problem(c, "conflict", { detail: "Language, kind and forced are its name: upload it anew." });
    }
    if (before.entry.origin.kind === "uploaded" && before.entry.videoId !== videoId) {
      return problem(c, "conflict", {
        detail: "It is of the video that this is a clip of: change it there.",
      });
    }
    await patchCaption(c.env, videoId, before, asked, Date.now());
    const after = await findCaption(c.env.DB, videoId, before.entry.id);
    if (after === null) return problem(c, "notFound");
    return c.json(toCaption(after, videoId, sitesOf(c.req.raw, c.env)), 200);
  })
  .openapi(remove, async (c) => {
    const { videoId, caption } = c.req.valid("param");
    const id = canonicalId(caption);
    const before = await findCaption(c.env.DB, videoId, id);
    if (before === null) return problem(c, "notFound");
    if (before.entry.origin.kind === "source") {
      return problem(c, "conflict", { detail: "The source carries it: hide it instead." });
    }
    if (before.entry.videoId !== videoId) {
      return problem(c, "conflict", {
        detail: "It is of the video that this is a clip of: delete it there.",
      });
    }
    return (await deleteCaption(c.env, videoId, id, Date.now())) ? c.body(null, 204) : problem(c, "notFound");
  });
