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
    codec: z.string(),
    channels: z.int(),
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
