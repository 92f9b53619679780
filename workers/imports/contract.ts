// The import as the API shows and takes it.
import { z } from "@hono/zod-openapi";
import {
  isOfItsVideo,
  isOnlySound,
  namesItsVideo,
  replacementFields,
  soundField,
  soundOfNothing,
  terms,
  unnamedVideo,
  videoFields,
} from "#workers/uploads/contract.ts";
import { emptyWindow, isWindow } from "#workers/videos/contract.ts";

const importStates = ["queued", "fetching", "completed", "failed", "cancelled"] as const;
const importId = z.string().openapi({ example: "imp_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" });

const mostHeaders = 20;
/** What would change what is asked, or how: the request's frame is ours. */
const ownHeaders = new Set([
  ...["host", "range", "if-range", "accept-encoding", "content-length", "transfer-encoding", "connection"],
  ...["cookie2", "te", "upgrade", "expect", "proxy-authorization", "user-agent"],
]);
// RFC 9110 5.6.2 and 5.5.
const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/)
  .refine((name) => !ownHeaders.has(name.toLowerCase()), "This header is not yours to set");
const headerValue = z.string().regex(/^[\t\x20-\x7e]{0,4096}$/);

const { maxSizeBytes, maxDurationSeconds } = terms;

export const newImportSchema = z
  .strictObject({
    ...videoFields,
    maxSizeBytes,
    maxDurationSeconds,
    ...replacementFields,
    ...soundField,
    url: z.string().min(1).max(4_096).openapi({
      description: "https, at a public name. Redirects are followed, five at most.",
      example: "https://files.example.com/launch.mov",
    }),
    headers: z
      .record(headerName, headerValue)
      .refine((entries) => Object.keys(entries).length <= mostHeaders, `At most ${mostHeaders}`)
      .default({})
      .openapi({
        description: "For the URL's own origin, such as `Authorization`. Sealed, and never shown.",
        example: { Authorization: "Bearer of-your-own" },
      }),
  })
  .refine(isOnlySound, soundOfNothing)
  .refine(isOfItsVideo, "What describes the video goes with the video, or without videoId")
  .refine(namesItsVideo, unnamedVideo)
  .refine(isWindow, emptyWindow)
  .openapi("NewImport", {
    example: { url: "https://files.example.com/launch.mov", title: "Launch film", creator: "u_81" },
  });
export type NewImport = z.infer<typeof newImportSchema>;

export const importSchema = z
  .object({
    id: importId,
    videoId: z.string().openapi({ example: "vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" }),
    uploadId: z.string().openapi({
      description: "What arrives is an upload like any other, and tells of itself by the events of one.",
      example: "upl_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4",
    }),
    url: z.string().openapi({ description: "Without its query, which may be a credential." }),
    state: z.enum(importStates),
    receivedBytes: z.int(),
    sizeBytes: z.int().nullable().openapi({ description: "Null until the source has said." }),
    error: z
      .object({ code: z.string() })
      .nullable()
      .openapi({ description: "The code of the video's error." }),
    createdAt: z.iso.datetime(),
    completedAt: z.iso.datetime().nullable(),
  })
  .openapi("Import");
export type Import = z.infer<typeof importSchema>;

export const importListSchema = z
  .object({
    data: z.array(importSchema),
    nextCursor: z.string().nullable().openapi({ description: "For the next page; null on the last." }),
  })
  .openapi("ImportList");

export const importFilterSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(200).optional().openapi({ description: "`nextCursor` of the page before." }),
});

export const importParams = z.object({
  importId: importId.openapi({ param: { name: "importId", in: "path" } }),
});
