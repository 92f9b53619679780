import { z } from "@hono/zod-openapi";

export const downloadSchema = z
  .object({
    name: z.string().openapi({ example: "720p.mp4" }),
    sizeBytes: z.int(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    codecs: z.array(z.string()),
    url: z
      .url()
      .nullable()
      .openapi({
        description:
          "Of the first playback id that allows downloads, or is signed: then with a token of the audience `download`. " +
          "Null without such a playback id.",
      }),
  })
  .openapi("Download");
export type Download = z.infer<typeof downloadSchema>;

export const downloadListSchema = z.object({ data: z.array(downloadSchema) }).openapi("DownloadList");
