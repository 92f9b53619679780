import { createRoute, z } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { sitesOf } from "#workers/http/host.ts";
import { decideRange, matchesIfNoneMatch } from "#workers/playback/range.ts";
import { sourceKeyOf } from "#workers/storage/keys.ts";
import { openSpan } from "#workers/storage/objects.ts";
import { videoParams } from "#workers/videos/contract.ts";
import { accessIn } from "#workers/videos/present.ts";
import { findVideo } from "#workers/videos/store.ts";
import { downloadListSchema } from "./contract.ts";
import { contentDisposition } from "./file-name.ts";
import { listDownloads } from "./list-downloads.ts";

const tags = ["downloads"];

const list = createRoute({
  tags,
  middleware: requireScope("videos:read"),
  method: "get",
  path: "/v1/videos/{videoId}/downloads",
  operationId: "listDownloads",
  summary: "List the files that a video can be had as",
  request: { params: videoParams },
  responses: {
    200: { description: "All of them.", content: { "application/json": { schema: downloadListSchema } } },
    ...problems("unauthenticated", "forbidden", "notFound", "videoNotPlayable", "notYetComplete"),
  },
});

const original = createRoute({
  tags,
  middleware: requireScope("source:read"),
  method: "get",
  path: "/v1/videos/{videoId}/source",
  operationId: "getSource",
  summary: "Get the file that a video was made of, to the byte",
  request: { params: videoParams },
  responses: {
    200: {
      description: "It; 206 with a part of it where `Range` asks for one.",
      content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } },
    },
    206: {
      description: "A part of it.",
      content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } },
    },
    304: { description: "As `If-None-Match` names it." },
    ...problems("unauthenticated", "forbidden", "notFound", "rangeNotSatisfiable"),
  },
});

export const downloadRoutes = apiRoutes()
  .openapi(list, async (c) => {
    const stored = await findVideo(c.env.DB, c.req.valid("param").videoId);
    if (stored === null) return problem(c, "notFound");
    const open = stored.ids.find((id) => id.policy === "public" && accessIn(id).downloads === true);
    const through = open ?? stored.ids.find((id) => id.policy === "signed");
    const any = through ?? stored.ids[0];
    if (any === undefined) return c.json({ data: [] }, 200);
    const listed = await listDownloads(c.env, c.executionCtx as ExecutionContext, any.id, Date.now());
    if (!listed.ok) return problem(c, listed.reason);
    const { playback } = sitesOf(c.req.raw, c.env);
    const url = (name: string) =>
      through === undefined ? null : `${playback}/p/${through.id}/download/${name}`;
    return c.json({ data: listed.value.map((each) => ({ ...each, url: url(each.name) })) }, 200);
  })
  .openapi(original, async (c) => {
    const stored = await findVideo(c.env.DB, c.req.valid("param").videoId);
    if (stored === null) return problem(c, "notFound");
    const { row } = stored;
    // Of a clip the file would be more than the clip.
    if (row.clipOf !== null) return problem(c, "notFound", { detail: "A clip has no file of its own." });
    const key = sourceKeyOf(row.id, row.sourceKey);
    const object = await c.env.MEDIA.head(key);
    if (object === null) return problem(c, "notFound", { detail: "There is no file." });
    const { size: sizeBytes, httpEtag: etag } = object;
    const headers = {
      "Accept-Ranges": "bytes",
      ETag: etag,
      "Cache-Control": "private, no-cache",
      "Content-Disposition": contentDisposition(row.sourceName ?? row.title, row.id, ""),
      "Content-Type": "application/octet-stream",
    };
    if (matchesIfNoneMatch(c.req.header("If-None-Match") ?? null, etag)) return c.body(null, 304, headers);
    const range = decideRange(
      c.req.header("Range") ?? null,
      c.req.header("If-Range") ?? null,
      sizeBytes,
      etag,
    );
    if (range.kind === "unsatisfiable") {
      return problem(c, "rangeNotSatisfiable", { headers: { "Content-Range": `bytes */${sizeBytes}` } });
    }
    const span = range.kind === "whole" ? { offsetBytes: 0, sizeBytes } : range;
    const body = await openSpan(c.env.MEDIA, key, span);
    if (body === null) return problem(c, "notFound", { detail: "There is no file." });
    const length = { ...headers, "Content-Length": String(span.sizeBytes) };
    if (range.kind === "whole") return c.body(body, 200, length);
    const last = span.offsetBytes + span.sizeBytes - 1;
    return c.body(body, 206, {
      ...length,
      "Content-Range": `bytes ${span.offsetBytes}-${last}/${sizeBytes}`,
    });
  });
