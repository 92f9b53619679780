import { z } from "@hono/zod-openapi";
import { videoParams } from "#workers/videos/contract.ts";
import { isSomething, nothing } from "#workers/videos/playback-id-contract.ts";

export const maxCaptionBytes = 10_000_000;

const kind = z.enum(["subtitles", "captions"]).openapi({
  description: "`captions` are for those who can't hear: they also say what is heard and not spoken.",
});
const label = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .openapi({ description: "Shown in menus.", example: "English" });

export const captionSchema = z
  .object({
    id: z.string().openapi({
      description:
        "Its language, with `.captions` or `.forced` behind it; `t0`, `t1` … for a text of the source.",
      example: "en",
    }),
    language: z
      .string()
      .openapi({ description: "BCP 47; `und` when the source does not say.", example: "en" }),
    label,
    kind,
    default: z.boolean().openapi({ description: "Shown unless a viewer chooses otherwise. One at most is." }),
    forced: z.boolean().openapi({ description: "Only what is not in the language of the sound." }),
    hidden: z.boolean().openapi({ description: "Players are not told of it." }),
    origin: z.enum(["uploaded", "source"]),
    sizeBytes: z
      .int()
      .nullable()
      .openapi({ description: "Of the WebVTT file; null for a text of the source." }),
    cues: z.int().nullable(),
    url: z.url().openapi({ description: "Of the WebVTT file, for callers of the API." }),
    updatedAt: z.iso.datetime().nullable(),
  })
  .openapi("Caption");
export type Caption = z.infer<typeof captionSchema>;

export const captionListSchema = z.object({ data: z.array(captionSchema) }).openapi("CaptionList");

const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** Beside a file that is the body itself. */
export const captionQuery = z.object({
  label: label.optional(),
  default: flag.optional(),
  forced: flag.optional().openapi({ description: "The same as `.forced` behind the language." }),
  kind: kind
    .optional()
    .openapi({ description: "`captions` is the same as `.captions` behind the language." }),
});

export const captionPatchSchema = z
  .strictObject({
    label: label.optional(),
    default: z.boolean().optional(),
    hidden: z.boolean().optional(),
    language: z
      .string()
      .max(35)
      .refine((tag) => /^[a-z]{2,8}(?:-[a-z0-9]{1,8})*$/i.test(tag), "This is no language tag")
      .optional()
      .openapi({ description: "Of a text of the source only: what was uploaded is called by its language." }),
    kind: kind.optional().openapi({ description: "Of a text of the source only." }),
    forced: z.boolean().optional().openapi({ description: "Of a text of the source only." }),
  })
  .refine(isSomething, nothing)
  .openapi("CaptionPatch", { example: { label: "English (US)", default: true } });
export type CaptionPatch = z.infer<typeof captionPatchSchema>;

export const captionParams = videoParams.extend({
  caption: z
    .string()
    .max(60)
    .openapi({ param: { name: "caption", in: "path" }, example: "en" }),
});
