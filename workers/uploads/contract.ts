// The upload as the API shows and takes it.
import { z } from "@hono/zod-openapi";
import { language } from "#workers/chapters/contract.ts";
import { isOriginPattern } from "./terms.ts";
import { emptyWindow, isWindow, newVideoFields } from "#workers/videos/contract.ts";

const uploadStates = ["open", "completed", "cancelled", "expired", "failed"] as const;

const uploadId = z.string().openapi({ example: "upl_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" });
const videoId = z.string().openapi({ example: "vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" });
const { title, creator, metadata, playbackPolicy, segmentSeconds } = newVideoFields;
const { tags, availableFrom, availableUntil, deleteAt, playback, encoding, priority } = newVideoFields;

/** Of the video that an upload makes. Optional, so that it shows whether they were given. */
export const videoFields = {
  title: title.removeDefault().optional(),
  creator: creator.removeDefault().optional(),
  metadata: metadata.removeDefault().optional(),
  playbackPolicy: playbackPolicy.removeDefault().optional(),
  segmentSeconds: segmentSeconds.removeDefault().optional(),
  tags: tags.removeDefault().optional(),
  availableFrom: availableFrom.removeDefault().optional(),
  availableUntil: availableUntil.removeDefault().optional(),
  deleteAt: deleteAt.removeDefault().optional(),
  playback: playback.removeDefault().optional(),
  encoding: encoding.removeDefault().optional(),
  priority: priority.removeDefault().optional(),
};

const maxAllowedOrigins = 20;
const longestDurationSeconds = 86_400;

/** What the URL allows whoever has it. */
export const terms = {
  maxSizeBytes: z.int().positive().nullable().default(null).openapi({
    description: "No longer file is taken. Null: as the deployment allows.",
    example: 2_000_000_000,
  }),
  maxDurationSeconds: z.number().positive().max(longestDurationSeconds).nullable().default(null).openapi({
    description:
      "A file that lasts longer ends in an error with the code `durationTooLong`, and nothing of it is kept.",
    example: 600,
  }),
  allowedOrigins: z
    .array(
      z
        .string()
        .max(260)
        .refine(isOriginPattern, "It is not an origin like https://app.example or https://*.example"),
    )
    .max(maxAllowedOrigins)
    .default([])
    .openapi({
      description: "Pages of other origins are refused. Empty: pages of any may use the URL.",
      example: ["https://app.example"],
    }),
};

const longestOverlapSeconds = 86_400;

/** Which video the file is for, where that is there already. */
export const replacementFields = {
  videoId: videoId
    .optional()
    .openapi({ description: "A video that awaits its upload. Without it, the upload makes one." }),
  replace: z
    .boolean()
    .default(false)
    .openapi({
      description:
        "The file takes the place of the one that `videoId` has. The video goes on playing what it had until the new " +
        "one plays; its ids, playback ids, captions, chapters and clips stay. A file that turns out to be no film " +
        "changes nothing. `encoding` and `priority` are the video's, unless they are given.",
      example: false,
    }),
  overlapSeconds: z
    .int()
    .min(0)
    .max(longestOverlapSeconds)
    .default(14_400)
    .openapi({
      description:
        "For `replace`: how long whoever watches the former film may go on watching it. At 0 they are asked to load " +
        "the new one at once.",
      example: 14_400,
    }),
};

/** Another sound for a video that is there. */
export const soundField = {
  audioTrack: z
    .strictObject({
      language,
      label: z.string().trim().min(1).max(100).optional().openapi({ description: "Shown in menus." }),
      default: z
        .boolean()
        .default(false)
        .openapi({ description: "Heard where nobody chose, once it is ready." }),
    })
    .optional()
    .openapi({
      description:
        "The file is a sound of `videoId`, which is ready: the first sound in it becomes a track, cut at the video's " +
        "end, or silent to it. The video plays on meanwhile.",
      example: { language: "de", label: "Deutsch" },
    }),
};

/** A sound has a video, which it changes nothing else of. */
export function isOnlySound(wanted: {
  readonly videoId?: string | undefined;
  readonly replace: boolean;
  readonly audioTrack?: object | undefined;
}): boolean {
  return wanted.audioTrack === undefined || (wanted.videoId !== undefined && !wanted.replace);
}
export const soundOfNothing = {
  path: ["audioTrack"],
  message: "A sound names its video, and replaces nothing",
};

/** What a replacement may change of it. */
const encodingFields: ReadonlySet<string> = new Set(["encoding", "priority"]);

export function isOfItsVideo(wanted: { readonly videoId?: string | undefined; readonly replace: boolean }) {
  if (wanted.videoId === undefined) return true;
  return Object.keys(videoFields).every(
    (field) => !Object.hasOwn(wanted, field) || (wanted.replace && encodingFields.has(field)),
  );
}

export const namesItsVideo = (wanted: { readonly videoId?: string | undefined; readonly replace: boolean }) =>
  !wanted.replace || wanted.videoId !== undefined;
export const unnamedVideo = "A file that replaces another names the video";

export const newUploadSchema = z
  .strictObject({
    ...videoFields,
    sizeBytes: z
      .int()
      .nonnegative()
      .nullable()
      .default(null)
      .openapi({ description: "Length of the file. Without it, the end of the upload says." }),
    fileName: z
      .string()
      .trim()
      .min(1)
      .max(512)
      .nullable()
      .default(null)
      .openapi({ description: "Also the video's title, unless `title` is given." }),
    ...terms,
    expiresAt: z.iso
      .datetime({ offset: true })
      .optional()
      .openapi({
        description:
          "The URL ends then, whether anything was written or not; at most 6 days from now. Without it, each write puts " +
          "the end off.",
        example: "2026-12-01T18:00:00Z",
      }),
    multipart: z
      .boolean()
      .default(false)
      .openapi({
        description:
          "The file goes straight to the bucket, in parts, by URLs that `GET {url}/parts` gives: past any limit of a " +
          "request's body. `sizeBytes` is needed.",
        example: false,
      }),
    ...replacementFields,
    ...soundField,
  })
  .refine(isOnlySound, soundOfNothing)
  .refine(isOfItsVideo, "What describes the video goes with the video, or without videoId")
  .refine(namesItsVideo, unnamedVideo)
  .refine(isWindow, emptyWindow)
  .refine(({ multipart, sizeBytes }) => !multipart || (sizeBytes ?? 0) > 0, {
    path: ["sizeBytes"],
    message: "What goes in parts is announced with its length",
  })
  .openapi("NewUpload", {
    example: { sizeBytes: 734_003_200, fileName: "launch.mov", title: "Launch film" },
  });
export type NewUpload = z.infer<typeof newUploadSchema>;

const uploadFields = {
  id: uploadId,
  videoId,
  state: z.enum(uploadStates),
  sizeBytes: z.int().nullable().openapi({ description: "Null while it is not known." }),
  error: z
    .object({ code: z.string() })
    .nullable()
    .openapi({ description: "Why it ended without a file; the code of the video's error." }),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().openapi({
    description: "An open upload ends then. Each write puts it off, unless `expiresAt` was given.",
  }),
  completedAt: z.iso.datetime().nullable(),
  maxSizeBytes: z.int().nullable(),
  maxDurationSeconds: z.number().nullable(),
  allowedOrigins: z.array(z.string()),
  replaces: z.boolean().openapi({ description: "The file takes the place of the one that the video has." }),
};

export const uploadSchema = z.object({ ...uploadFields, offsetBytes: z.int() }).openapi("Upload");
export type Upload = z.infer<typeof uploadSchema>;

export const createdUploadSchema = uploadSchema
  .extend({
    url: z.url().openapi({
      description:
        "Takes tus HEAD, PATCH and DELETE, and a plain PUT of the whole file, without an API key. " +
        "Whoever has it may upload: shown this once.",
    }),
  })
  .openapi("CreatedUpload");

export type CreatedUpload = z.infer<typeof createdUploadSchema>;

/** Without the offset: that is asked of each upload. */
export const uploadEntrySchema = z.object(uploadFields).openapi("UploadEntry");
export type UploadEntry = z.infer<typeof uploadEntrySchema>;

export const uploadListSchema = z
  .object({
    data: z.array(uploadEntrySchema),
    nextCursor: z.string().nullable().openapi({ description: "For the next page; null on the last." }),
  })
  .openapi("UploadList");

export const uploadFilterSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(200).optional().openapi({ description: "`nextCursor` of the page before." }),
  state: z.enum(uploadStates).optional(),
  videoId: z.string().min(1).max(64).optional(),
});
export type UploadFilter = z.infer<typeof uploadFilterSchema>;

/** By the URL of a direct upload. */
export const partRangeSchema = z.object({
  from: z.coerce.number().int().min(1).max(10_000).default(1),
  count: z.coerce.number().int().min(1).max(100).default(100),
});

export const partListSchema = z
  .object({
    partSizeBytes: z.int().openapi({ description: "Of every part but the last.", example: 16_777_216 }),
    partCount: z.int(),
    parts: z.array(
      z.object({
        partNumber: z.int().openapi({ description: "From 1." }),
        offsetBytes: z.int(),
        sizeBytes: z.int(),
        url: z.url().openapi({ description: "Takes a PUT of exactly this part." }),
      }),
    ),
    expiresAt: z.iso.datetime().openapi({ description: "Of the URLs. Ask again for new ones." }),
  })
  .openapi("UploadParts");

export const completionSchema = z
  .strictObject({
    parts: z
      .array(z.strictObject({ partNumber: z.int().min(1).max(10_000), etag: z.string().min(1).max(200) }))
      .min(1)
      .max(10_000),
  })
  .openapi("UploadCompletion", {
    description: "Every part, with the `ETag` that its PUT was answered with.",
    example: { parts: [{ partNumber: 1, etag: "b54357faf0632cce46e942fa68356b38" }] },
  });

export const uploadParams = z.object({
  uploadId: uploadId.openapi({ param: { name: "uploadId", in: "path" } }),
});
