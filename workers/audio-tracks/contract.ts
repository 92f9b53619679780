// Sounds of a video as the API shows them.
import { z } from "@hono/zod-openapi";
import { isSomething, nothing } from "#workers/videos/playback-id-contract.ts";

export const audioTrackSchema = z
  .object({
    id: z.string().openapi({ example: "a0" }),
    language: z.string().openapi({ description: "BCP 47; `und` when the source does not say." }),
    label: z.string().openapi({ description: "Shown in menus." }),
    default: z.boolean(),
    position: z.int().nullable().openapi({ description: "In menus; null: as the source has it." }),
    state: z.enum(["uploading", "encoding", "ready", "failed"]).openapi({
      description:
        "Of a sound that was added in a file of its own; those of the video's file are `ready` with it.",
    }),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    added: z.boolean().openapi({ description: "In a file of its own: it can be deleted." }),
    codec: z.string().nullable().openapi({ description: "Null until it is ready." }),
    channels: z.int().nullable(),
  })
  .openapi("AudioTrack");
export type AudioTrack = z.infer<typeof audioTrackSchema>;

export const audioTrackPatchSchema = z
  .strictObject({
    label: z.string().trim().min(1).max(100).optional(),
    default: z.boolean().optional(),
    position: z.int().min(0).max(999).optional(),
  })
  .refine(isSomething, nothing)
  .openapi("AudioTrackPatch", { example: { label: "Director's commentary", default: false } });

export type AudioTrackPatch = z.infer<typeof audioTrackPatchSchema>;

export const audioTrackListSchema = z.object({ data: z.array(audioTrackSchema) }).openapi("AudioTrackList");
