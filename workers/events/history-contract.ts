import { z } from "@hono/zod-openapi";
import { jobSchema, taskSchema } from "#workers/transcoding/job-contract.ts";
import type { EventType } from "./contract.ts";
import { eventTypes, isEventChoice } from "./event-types.ts";

const jobThen = z.object({
  ...jobSchema.shape,
  state: z.enum([...jobSchema.shape.state.options, "completed"]),
});

const pastEventSchema = z
  .object({
    id: z.string().openapi({
      description: "As webhooks are sent it.",
      example: "evt_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4",
    }),
    type: z.enum(eventTypes as [EventType, ...EventType[]]).openapi({ example: "job.completed" }),
    timestamp: z.iso
      .datetime()
      .openapi({ description: "When it happened.", example: "2026-12-01T18:00:00.000Z" }),
    subject: z
      .string()
      .nullable()
      .openapi({
        description:
          "The id of the upload, import, captions or sound that it is of, or the language of chapters; null where it is " +
          "of the video itself.",
        example: null,
      }),
    error: z
      .object({ code: z.string(), message: z.string().nullable() })
      .nullable()
      .openapi({ description: "What went wrong, of a failure.", example: null }),
    job: jobThen.nullable().openapi({
      description: "The encoding as it was then, of `job.…` and `task.dead`.",
    }),
    task: taskSchema
      .nullable()
      .openapi({ description: "The one that was given up, of `task.dead`.", example: null }),
  })
  .openapi("PastEvent");
export type PastEventView = z.infer<typeof pastEventSchema>;

export const historySchema = z
  .object({
    data: z.array(pastEventSchema),
    nextCursor: z.string().nullable().openapi({ description: "For the next page; null on the last." }),
  })
  .openapi("VideoHistory");

export const historyQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(200).optional().openapi({ description: "`nextCursor` of the page before." }),
  type: z.string().max(64).refine(isEventChoice, "No such event").default("*").openapi({
    description: "As webhooks choose: `*`, all of a kind, or one.",
    example: "job.*",
  }),
});
