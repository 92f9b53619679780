// Playback ids as the API shows and takes them.
import { z } from "@hono/zod-openapi";
import {
  limitsSchema,
  limitsSetting,
  restrictionsSchema,
  restrictionsSetting,
  streamsSchema,
  streamsSetting,
} from "#workers/access/policy-contract.ts";

const playbackPolicies = ["public", "signed", "drm"] as const;

export const playbackId = z.string().openapi({ example: "Wn3xZ1q0T2uLr9m5cVb7Kg" });

export const policySchema = z.enum(playbackPolicies).openapi({
  description:
    "`public`: whoever has the id may watch. `signed`: only with a token. `drm`: nobody yet, since licences are no " +
    "part of this release.",
});

export const isSomething = (patch: object) => Object.keys(patch).length > 0;
export const nothing = "Nothing to change";

export const playbackIdSchema = z
  .object({
    id: playbackId,
    policy: policySchema,
    restrictions: restrictionsSchema,
    limits: limitsSchema,
    streams: streamsSchema.nullable(),
    downloads: z.boolean().openapi({ description: "Whoever may watch may also have the video as a file." }),
    hlsUrl: z.url(),
    dashUrl: z.url(),
    watchUrl: z.url(),
    posterUrl: z.url(),
  })
  .openapi("PlaybackId");
export type PlaybackId = z.infer<typeof playbackIdSchema>;

export const playbackIdListSchema = z.object({ data: z.array(playbackIdSchema) }).openapi("PlaybackIdList");

const ofPlaybackId = {
  restrictions: restrictionsSetting,
  limits: limitsSetting,
  streams: streamsSetting.nullable(),
};

export const newPlaybackIdSchema = z
  .strictObject({
    policy: policySchema,
    restrictions: ofPlaybackId.restrictions.optional(),
    limits: ofPlaybackId.limits.optional(),
    streams: ofPlaybackId.streams.optional(),
    downloads: z.boolean().optional(),
  })
  .openapi("NewPlaybackId", { example: { policy: "public" } });

export const playbackIdPatchSchema = z
  .strictObject({
    policy: policySchema.optional(),
    restrictions: ofPlaybackId.restrictions.optional(),
    limits: ofPlaybackId.limits.optional(),
    streams: ofPlaybackId.streams.optional(),
    downloads: z.boolean().optional(),
  })
  .refine(isSomething, nothing)
  .openapi("PlaybackIdPatch", {
    description: "Fields that are given are replaced as a whole; `{}` or null takes away what was set.",
    example: { restrictions: { allowedOrigins: ["app.example.com"] } },
  });
export type PlaybackIdPatch = z.infer<typeof playbackIdPatchSchema>;
