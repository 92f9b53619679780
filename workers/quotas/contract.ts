// The quota of a creator, and what of it is used, as the API shows and takes them.
import { z } from "@hono/zod-openapi";

const limit = (description: string) => z.int().min(0).nullable().default(null).openapi({ description });

export const quotaSchema = z
  .strictObject({
    maxMinutes: z.number().min(0).nullable().default(null).openapi({ description: "Of film, in all." }),
    maxBytes: limit("Of uploaded files, in all; what is made of them is not in it."),
    maxSimultaneousEncodes: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .openapi({ description: "Videos that are encoded at a time; the others wait, and fail for nothing." }),
  })
  .openapi("Quota", {
    description: "Null is no limit.",
    example: { maxMinutes: 600, maxBytes: 50_000_000_000, maxSimultaneousEncodes: 2 },
  });

export const creatorParams = z.object({
  creator: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .openapi({ param: { name: "creator", in: "path" }, example: "u_81" }),
});

export const creatorUsageSchema = z
  .object({
    minutes: z.number().openapi({ description: "Of film that is there." }),
    bytes: z.int().openapi({ description: "Of uploaded files that are there." }),
    heldBytes: z.int().openapi({ description: "Of uploads that are open, as far as they may become." }),
    quota: quotaSchema.nullable().openapi({ description: "Null: there is none." }),
  })
  .openapi("CreatorUsage");
