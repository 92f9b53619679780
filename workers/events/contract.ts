// Every event there is: what webhooks are sent, by one union. An event says what happened and shows the whole resource
// as the API showed it when the change was committed; a deletion, as it was before.
import { z } from "@hono/zod-openapi";
import { jobSchema, taskSchema } from "#workers/transcoding/job-contract.ts";
import { uploadEntrySchema } from "#workers/uploads/contract.ts";
import { videoSchema } from "#workers/videos/contract.ts";
import { webhookSchema } from "#workers/webhooks/contract.ts";

const id = z.string().openapi({
  description: "The same in every delivery of the event, and in `webhook-id`: leave aside what you have had.",
  example: "evt_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4",
});
const timestamp = z.iso.datetime().openapi({ description: "When it happened." });

function event<const Type extends string, Data extends z.ZodType>(type: Type, data: Data) {
  return z.object({ id, type: z.literal(type), timestamp, data });
}

const completedJob = jobSchema.extend({ state: z.literal("completed") });
const endedJob = jobSchema.extend({ state: z.enum(["completed", "failed"]) });
const jobWithDeadTask = endedJob.extend({
  task: taskSchema.openapi({ description: "The one that was given up." }),
});

export const eventSchema = z
  .discriminatedUnion("type", [
    event("video.created", videoSchema),
    event("video.updated", videoSchema),
    event("video.uploaded", videoSchema),
    event("video.playable", videoSchema),
    event("video.ready", videoSchema),
    event("video.failed", videoSchema),
    event("video.deleted", videoSchema),
    event("upload.created", uploadEntrySchema),
    event("upload.completed", uploadEntrySchema),
    event("upload.cancelled", uploadEntrySchema),
    event("upload.expired", uploadEntrySchema),
    event("upload.failed", uploadEntrySchema),
    event("job.started", jobSchema),
    event("job.completed", completedJob),
    event("job.failed", jobSchema),
    event("task.dead", jobWithDeadTask),
    event("webhook.disabled", webhookSchema),
    event("webhook.test", webhookSchema),
  ])
  .openapi("Event");

export type SluiceEvent = z.infer<typeof eventSchema>;
export type EventType = SluiceEvent["type"];
export type DataOf<Type extends EventType> = Extract<SluiceEvent, { type: Type }>["data"];
