// The upload as the API shows and takes it.
import { z } from "@hono/zod-openapi";
import { emptyWindow, isWindow, newVideoFields } from "#workers/videos/contract.ts";

const uploadStates = ["open", "completed", "cancelled", "expired", "failed"] as const;

const uploadId = z.string().openapi({ example: "upl_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" });
const videoId = z.string().openapi({ example: "vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" });
const { title, creator, metadata, playbackPolicy, segmentSeconds } = newVideoFields;
const { tags, availableFrom, availableUntil, playback, encoding, priority } = newVideoFields;

/** Of the video that an upload makes. Optional, so that it shows whether they were given. */
const videoFields = {
  title: title.removeDefault().optional(),
  creator: creator.removeDefault().optional(),
  metadata: metadata.removeDefault().optional(),
  playbackPolicy: playbackPolicy.removeDefault().optional(),
  segmentSeconds: segmentSeconds.removeDefault().optional(),
  tags: tags.removeDefault().optional(),
  availableFrom: availableFrom.removeDefault().optional(),
  availableUntil: availableUntil.removeDefault().optional(),
  playback: playback.removeDefault().optional(),
  encoding: encoding.removeDefault().optional(),
  priority: priority.removeDefault().optional(),
};

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
    videoId: videoId
      .optional()
      .openapi({ description: "A video that awaits its upload. Without it, the upload makes one." }),
  })
  .refine(
    (upload) =>
      upload.videoId === undefined ||
      Object.keys(videoFields).every((field) => !Object.hasOwn(upload, field)),
    "What describes the video goes with the video, or without videoId",
  )
  .refine(isWindow, emptyWindow)
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
  expiresAt: z.iso
    .datetime()
    .openapi({ description: "An open upload ends then. Each write to it puts it off." }),
  completedAt: z.iso.datetime().nullable(),
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

export const uploadParams = z.object({
  uploadId: uploadId.openapi({ param: { name: "uploadId", in: "path" } }),
});
