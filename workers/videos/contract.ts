// The video as the API shows and takes it.
import { z } from "@hono/zod-openapi";
import type { VideoErrorCode } from "./lifecycle.ts";

const videoStates = ["awaitingUpload", "uploaded", "processing", "ready", "error"] as const;
const playbackPolicies = ["public", "signed", "drm"] as const;

const videoId = z.string().openapi({ example: "vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" });
const playbackId = z.string().openapi({ example: "Wn3xZ1q0T2uLr9m5cVb7Kg" });

const policySchema = z.enum(playbackPolicies).openapi({
  description: "`public`: whoever has the id may watch. `signed`, `drm`: only with a token.",
});

const title = z.string().trim().max(200);
const creator = z.string().trim().min(1).max(100).openapi({ description: "Your own id of whoever made it." });

const maxMetadataKeys = 50;
const metadata = z
  .record(z.string().min(1).max(64), z.string().max(500))
  .refine((entries) => Object.keys(entries).length <= maxMetadataKeys, `At most ${maxMetadataKeys} entries`)
  .openapi({ description: `Your own data: at most ${maxMetadataKeys} texts.`, example: { course: "intro" } });

const segmentSeconds = z.union([z.literal(2), z.literal(4), z.literal(6)]).openapi({
  description: "Nominal segment length. Short starts quicker, long takes fewer requests.",
});

/** What a caller may say of a video that is about to be made; an upload takes the same. */
export const newVideoFields = {
  title: title.default(""),
  creator: creator.nullable().default(null),
  metadata: metadata.default({}),
  playbackPolicy: policySchema.default("public"),
  segmentSeconds: segmentSeconds.default(4),
};

export const newVideoSchema = z
  .strictObject(newVideoFields)
  .openapi("NewVideo", { example: { title: "Launch film", creator: "u_81", playbackPolicy: "public" } });

export const videoPatchSchema = z
  .strictObject({ title: title.optional(), creator: creator.nullish(), metadata: metadata.optional() })
  .refine((patch) => Object.keys(patch).length > 0, "Nothing to change")
  .openapi("VideoPatch", {
    description: "Fields that are given are replaced, `metadata` as a whole.",
    example: { title: "Launch film, final cut" },
  });
export type VideoPatch = z.infer<typeof videoPatchSchema>;

export const playbackIdSchema = z
  .object({
    id: playbackId,
    policy: policySchema,
    hlsUrl: z.url(),
    dashUrl: z.url(),
    watchUrl: z.url(),
    posterUrl: z.url(),
  })
  .openapi("PlaybackId");

// A record, so that a code of lifecycle.ts that is missing here does not compile.
const errorCodes = {
  emptyFile: "emptyFile",
  unreadable: "unreadable",
  sourceTruncated: "sourceTruncated",
  noMedia: "noMedia",
  tooLargeDimensions: "tooLargeDimensions",
  durationTooLong: "durationTooLong",
  encodeFailed: "encodeFailed",
  sourceMissing: "sourceMissing",
  sourceTooLarge: "sourceTooLarge",
  uploadExpired: "uploadExpired",
  uploadCancelled: "uploadCancelled",
} as const satisfies { [Code in VideoErrorCode]: Code };

export const videoSchema = z
  .object({
    id: videoId,
    title: z.string(),
    creator: z.string().nullable(),
    metadata: z.record(z.string(), z.string()),
    status: z.object({
      state: z.enum(videoStates),
      playable: z
        .boolean()
        .openapi({ description: "Something plays already, maybe while it is still encoded." }),
      percent: z.number().min(0).max(100),
      error: z.object({ code: z.enum(errorCodes), message: z.string() }).nullable(),
    }),
    durationSeconds: z.number().nullable(),
    width: z.int().nullable().openapi({ description: "As displayed, after rotation; null for audio." }),
    height: z.int().nullable(),
    frameRate: z.number().nullable().openapi({ example: 29.97 }),
    source: z.object({ name: z.string().nullable(), sizeBytes: z.int() }).nullable(),
    segmentSeconds,
    playbackIds: z.array(playbackIdSchema),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .openapi("Video");
export type Video = z.infer<typeof videoSchema>;

export const videoListSchema = z
  .object({
    data: z.array(videoSchema),
    nextCursor: z.string().nullable().openapi({ description: "For the next page; null on the last." }),
  })
  .openapi("VideoList");

const instant = z.iso.datetime({ offset: true });

export const videoFilterSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(200).optional().openapi({ description: "`nextCursor` of the page before." }),
  state: z.enum(videoStates).optional(),
  creator: z.string().min(1).max(100).optional(),
  search: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .openapi({ description: "Part of the title; ASCII case is ignored." }),
  createdAfter: instant
    .optional()
    .openapi({ description: "At or after this time.", example: "2026-11-01T00:00:00Z" }),
  createdBefore: instant.optional().openapi({ description: "Before this time." }),
});
export type VideoFilter = z.infer<typeof videoFilterSchema>;

export const videoParams = z.object({ videoId: videoId.openapi({ param: { name: "videoId", in: "path" } }) });
export const playbackIdParams = videoParams.extend({
  playbackId: playbackId.openapi({ param: { name: "playbackId", in: "path" } }),
});

export const newPlaybackIdSchema = z
  .strictObject({ policy: policySchema })
  .openapi("NewPlaybackId", { example: { policy: "public" } });
