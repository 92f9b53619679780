// The video as the API shows and takes it.
import { z } from "@hono/zod-openapi";
import { noLimits } from "#workers/access/limits.ts";
import { limitsSchema, limitsSetting } from "#workers/access/policy-contract.ts";
import { encodingSetting, prioritySetting } from "#workers/transcoding/profile-contract.ts";
import type { VideoErrorCode } from "./lifecycle.ts";
import { keyFault } from "./object-key.ts";
import { isSomething, nothing, playbackId, playbackIdSchema, policySchema } from "./playback-id-contract.ts";

const videoStates = ["awaitingUpload", "uploaded", "processing", "ready", "error"] as const;

const videoId = z.string().openapi({ example: "vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" });

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

const maxTags = 20;
const tag = z.string().trim().min(1).max(64);
const tags = z
  .array(tag)
  .max(maxTags)
  .refine((named) => new Set(named).size === named.length, "A tag is named twice")
  .openapi({ description: "Videos are found and purged by them.", example: ["course-7"] });

const instant = z.iso.datetime({ offset: true });
const availableFrom = instant
  .nullable()
  .openapi({ description: "Nobody may watch before.", example: "2026-12-01T18:00:00Z" });
const availableUntil = instant.nullable().openapi({ description: "Nobody may watch from then on." });

const deleteAt = instant
  .nullable()
  .refine((at) => at === null || Date.parse(at) > Date.now(), "It is over already")
  .openapi({
    description: "The video is deleted then, within minutes. Not in the past.",
    example: "2040-01-31T00:00:00Z",
  });

interface Window {
  readonly availableFrom?: string | null | undefined;
  readonly availableUntil?: string | null | undefined;
}

/** One that is never open is a mistake. */
export function isWindow({ availableFrom: from, availableUntil: until }: Window): boolean {
  return from == null || until == null || Date.parse(from) < Date.parse(until);
}
export const emptyWindow = { path: ["availableUntil"], message: "It would end before it begins" };

/** What a caller may say of a video that is about to be made; an upload takes the same. */
export const newVideoFields = {
  title: title.default(""),
  creator: creator.nullable().default(null),
  metadata: metadata.default({}),
  playbackPolicy: policySchema.default("public"),
  segmentSeconds: segmentSeconds.default(4),
  tags: tags.default([]),
  availableFrom: availableFrom.default(null),
  availableUntil: availableUntil.default(null),
  deleteAt: deleteAt.default(null),
  playback: limitsSetting.default(noLimits),
  encoding: encodingSetting.default("standard"),
  priority: prioritySetting.default("normal"),
};

const longestPosterSeconds = 86_400;
const posterTimeSeconds = z.number().min(0).max(longestPosterSeconds).nullable().openapi({
  description: "The moment that the poster shows. Null: one that was chosen when the video was encoded.",
  example: 12.5,
});

const objectKey = z
  .string()
  .refine((key) => keyFault(key) === null, { error: ({ input }) => keyFault(String(input)) ?? "" })
  .openapi({ description: "Its whole key, as the bucket lists it.", example: "films/launch.mov" });

export const newVideoSchema = z
  .strictObject({
    ...newVideoFields,
    source: z
      .strictObject({ objectKey })
      .optional()
      .openapi({
        description:
          "An object of your own in the media bucket, to be played and encoded from where it is. It is never copied, " +
          "changed or removed. Without it, the video awaits its upload.",
      }),
  })
  .refine(isWindow, emptyWindow)
  .openapi("NewVideo", { example: { title: "Launch film", creator: "u_81", playbackPolicy: "public" } });

export const videoPatchSchema = z
  .strictObject({
    title: title.optional(),
    creator: creator.nullish(),
    metadata: metadata.optional(),
    tags: tags.optional(),
    availableFrom: availableFrom.optional(),
    availableUntil: availableUntil.optional(),
    deleteAt: deleteAt.optional(),
    posterTimeSeconds: posterTimeSeconds.optional(),
    playback: limitsSetting.optional(),
  })
  .refine(isSomething, nothing)
  .refine(isWindow, emptyWindow)
  .openapi("VideoPatch", {
    description: "Fields that are given are replaced, `metadata`, `tags` and `playback` as a whole.",
    example: { title: "Launch film, final cut" },
  });
export type VideoPatch = z.infer<typeof videoPatchSchema>;

// A record, so that a code of lifecycle.ts that is missing here does not compile.
const errorCodes = {
  emptyFile: "emptyFile",
  unreadable: "unreadable",
  sourceTruncated: "sourceTruncated",
  noMedia: "noMedia",
  tooLargeDimensions: "tooLargeDimensions",
  durationTooLong: "durationTooLong",
  encodeFailed: "encodeFailed",
  encodeCancelled: "encodeCancelled",
  passthroughUnfit: "passthroughUnfit",
  sourceMissing: "sourceMissing",
  sourceTooLarge: "sourceTooLarge",
  importRefused: "importRefused",
  importNotReached: "importNotReached",
  importNotMedia: "importNotMedia",
  importTargetRefused: "importTargetRefused",
  uploadExpired: "uploadExpired",
  uploadCancelled: "uploadCancelled",
} as const satisfies { [Code in VideoErrorCode]: Code };

const videoErrorSchema = z.object({ code: z.enum(errorCodes), message: z.string() }).nullable();

const statusSchema = z.object({
  state: z.enum(videoStates),
  playable: z.boolean().openapi({
    description:
      "Something plays: maybe while it is still encoded, maybe the file as it came although its encode failed.",
  }),
  percent: z.number().min(0).max(100),
  error: videoErrorSchema,
});

const instantPlaySchema = z
  .discriminatedUnion("state", [
    z.object({ state: z.literal("playable") }),
    z.object({ state: z.literal("waiting"), reason: z.object({ code: z.string(), message: z.string() }) }),
  ])
  .nullable()
  .openapi({
    description:
      "Whether the file plays as it came, or why it waits for its first rendition; null until it has arrived.",
  });

const sourceSchema = z
  .object({
    name: z.string().nullable(),
    sizeBytes: z.int(),
    objectKey: z
      .string()
      .nullable()
      .openapi({ description: "Of the object that was registered; null for an upload." }),
  })
  .nullable();

export const replacementSchema = z
  .object({
    uploadId: z.string(),
    state: z.enum(["uploaded", "processing", "failed"]),
    percent: z.number().min(0).max(100),
    source: z.object({ name: z.string().nullable(), sizeBytes: z.int() }),
    error: videoErrorSchema,
    createdAt: z.iso.datetime(),
  })
  .openapi("Replacement", {
    description:
      "A file that has arrived to take the place of the video's own, and is encoded first; or one that came to nothing. " +
      "Null once it is the video's.",
  });

export type Replacement = z.infer<typeof replacementSchema>;

const clipSchema = z
  .object({
    videoId: videoId.openapi({ description: "Whose media it plays: maybe deleted since." }),
    startSeconds: z.number(),
    endSeconds: z.number(),
  })
  .nullable()
  .openapi({ description: "Of a video that is a part of another's; null for any other." });

export const videoSchema = z
  .object({
    id: videoId,
    title: z.string(),
    creator: z.string().nullable(),
    metadata: z.record(z.string(), z.string()),
    status: statusSchema,
    instantPlay: instantPlaySchema,
    encoding: z.string().openapi({
      description: "`mobile`, `standard`, `premium`, `passthrough` or a profile's id, as it was asked for.",
    }),
    priority: prioritySetting,
    durationSeconds: z.number().nullable(),
    width: z.int().nullable().openapi({ description: "As displayed, after rotation; null for audio." }),
    height: z.int().nullable(),
    frameRate: z.number().nullable().openapi({ example: 29.97 }),
    source: sourceSchema,
    replacement: replacementSchema.nullable(),
    clip: clipSchema,
    segmentSeconds,
    tags: z.array(z.string()),
    availableFrom: z.iso.datetime().nullable(),
    availableUntil: z.iso.datetime().nullable(),
    deleteAt: z.iso.datetime().nullable().openapi({ description: "When it will be deleted." }),
    posterTimeSeconds,
    playback: limitsSchema,
    playbackIds: z.array(playbackIdSchema),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .openapi("Video");
export type Video = z.infer<typeof videoSchema>;

export const subtitlesSchema = z
  .object({
    id: z.string().openapi({ description: "`t0`, `t1` …, in the order of the source.", example: "t0" }),
    language: z
      .string()
      .openapi({ description: "BCP 47; `und` when the source does not say.", example: "en" }),
    title: z.string().openapi({ description: "As the source says it; may be empty." }),
    isDefault: z.boolean(),
    isForced: z.boolean().openapi({ description: "Only what is not in the language of the sound." }),
    url: z.url().openapi({ description: "Of the WebVTT file, for callers of the API." }),
  })
  .openapi("Subtitles");

export type Subtitles = z.infer<typeof subtitlesSchema>;

const count = z.int().nonnegative();

/** One video: also what its encoding says of itself, and the texts that its source carried. */
export const videoDetailSchema = videoSchema
  .extend({
    status: statusSchema.extend({
      etaSeconds: z.int().nullable().openapi({
        description: "Until all of it is encoded; null where nothing is known or nothing is encoded.",
      }),
      tasks: z
        .object({ total: count, done: count, running: count, waiting: count, dead: count })
        .nullable()
        .openapi({
          description: "Of its encoding; null while there is none. Each by itself: /v1/jobs/{videoId}.",
        }),
    }),
    subtitles: z.array(subtitlesSchema),
  })
  .openapi("VideoDetail");
export type VideoDetail = z.infer<typeof videoDetailSchema>;

export const videoListSchema = z
  .object({
    data: z.array(videoSchema),
    nextCursor: z.string().nullable().openapi({ description: "For the next page; null on the last." }),
  })
  .openapi("VideoList");

const maxMetadataFilters = 3;
/** A key holds no colon here; a value may. */
const metadataPair = z.string().regex(/^[^:]{1,64}:[^]{0,500}$/, "It is not key:value");

export const videoFilterSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(200).optional().openapi({ description: "`nextCursor` of the page before." }),
  state: z.enum(videoStates).optional(),
  creator: z.string().min(1).max(100).optional(),
  tag: tag.optional(),
  search: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .openapi({ description: "Beginnings of words of the title, all of them; ASCII case is ignored." }),
  metadata: z
    .union([metadataPair, z.array(metadataPair).max(maxMetadataFilters)])
    .transform((pairs) => [pairs].flat())
    .optional()
    .openapi({
      type: "array",
      items: { type: "string" },
      description:
        "`key:value` pairs that the video's metadata holds, up to 3, each in a parameter of its own.",
      example: ["course:intro"],
    }),
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

export const foundPlaybackIdSchema = playbackIdSchema.extend({ videoId }).openapi("FoundPlaybackId");

export const purgeSchema = z
  .strictObject({ videoId: videoId.optional(), playbackId: playbackId.optional(), tag: tag.optional() })
  .refine((purge) => Object.keys(purge).length === 1, "Name one: videoId, playbackId or tag")
  .openapi("Purge", { example: { tag: "course-7" } });
export type Purge = z.infer<typeof purgeSchema>;

export const purgedSchema = z
  .object({ videos: z.int().openapi({ description: "How many videos were purged." }) })
  .openapi("Purged");
