// What a video, or a creator, used.
import { z } from "@hono/zod-openapi";

const day = z.iso.date().openapi({ example: "2026-11-01" });
const count = z.int().nonnegative();
const seconds = z.number().nonnegative();

const use = {
  views: count.openapi({ description: "Playback sessions that were sent some of the film." }),
  minutesWatched: seconds.openapi({
    description: "Of the film, as it was sent: of the picture, or of sound alone.",
  }),
  bytesDelivered: count.openapi({ description: "Of segments and downloads." }),
};

export const usageSchema = z
  .object({
    from: day,
    to: day.openapi({ description: "Belongs to it. Days are UTC." }),
    ...use,
    bytesStored: count.openapi({
      description: "In the bucket now: what was uploaded, and all that is made of it.",
    }),
    encodeSeconds: seconds.openapi({ description: "CPU time of the encodes of what is there." }),
    days: z.array(z.object({ day, ...use })).openapi({ description: "Those that have any, oldest first." }),
  })
  .openapi("Usage");

export type Usage = z.infer<typeof usageSchema>;

export const libraryUsageSchema = usageSchema
  .omit({ bytesStored: true })
  .extend({
    videos: count.openapi({ description: "That have a file: no clips, and none that failed." }),
    minutesStored: seconds.openapi({ description: "Of their film." }),
    bytesUploaded: count.openapi({ description: "Of their files; what is made of them is not in it." }),
  })
  .openapi("LibraryUsage");

export const usageQuery = z
  .object({
    from: day.optional().openapi({ description: "29 days before `to`, where it is not given." }),
    to: day.optional().openapi({ description: "Today, where it is not given.", example: "2026-11-30" }),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ["to"],
    message: "It is before `from`",
  });
