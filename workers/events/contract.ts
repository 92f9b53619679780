// Every event there is: what webhooks are sent, by one union. An event says what happened and shows the whole resource
// as the API showed it when the change was committed; a deletion, as it was before.
import { z } from "@hono/zod-openapi";
import { audioTrackSchema } from "#workers/audio-tracks/contract.ts";
import { captionSchema } from "#workers/captions/contract.ts";
import { chaptersSchema } from "#workers/chapters/contract.ts";
import { importSchema } from "#workers/imports/contract.ts";
import { jobSchema, taskSchema } from "#workers/transcoding/job-contract.ts";
import { uploadEntrySchema } from "#workers/uploads/contract.ts";
import { videoSchema } from "#workers/videos/contract.ts";
import { webhookSchema } from "#workers/webhooks/contract.ts";

const id = z.string().openapi({
  description: "The same in every delivery of the event, and in `webhook-id`: leave aside what you have had.",
  example: "evt_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4",
});
const timestamp = z.iso.datetime().openapi({ description: "When it happened." });

/** `when` is what the document says of it. */
function event<const Type extends string, Data extends z.ZodType>(type: Type, data: Data, when: string) {
  return z
    .object({ id, type: z.literal(type), timestamp, data })
    .openapi(nameOf(type), { description: when });
}

/** `video.created`: VideoCreatedEvent. */
function nameOf(type: string): string {
  const words = type.split(".").map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${words.join("")}Event`;
}

// Not by `extend`: as JSON Schema that would be both states at once.
const completedJob = z.object({ ...jobSchema.shape, state: z.literal("completed") });
const jobWithDeadTask = z.object({
  ...jobSchema.shape,
  state: z.enum(["completed", "failed"]),
  /** The one that was given up. */
  task: taskSchema,
});

// Elsewhere their path says whose they are.
const videoId = z.string().openapi({ example: "vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" });
const captionOfVideo = z.object({ videoId, ...captionSchema.shape });
const audioTrackOfVideo = z.object({ videoId, ...audioTrackSchema.shape });
const chaptersOfVideo = z.object({ videoId, ...chaptersSchema.shape });

export const eventSchema = z
  .discriminatedUnion("type", [
    event("video.created", videoSchema, "A video is made, with its first playback id."),
    event(
      "video.updated",
      videoSchema,
      "What is said of a video, its playback ids, or its state is changed by a call; or its encoding begins, or its " +
        "file was looked at.",
    ),
    event(
      "video.uploaded",
      videoSchema,
      "Its file has arrived. `instantPlay` says whether it plays as it came.",
    ),
    event(
      "video.playable",
      videoSchema,
      "Something plays: the file as it came, or the first renditions of its beginning.",
    ),
    event(
      "video.ready",
      videoSchema,
      'Encoded in all qualities; or, with `encoding: "passthrough"`, uploaded.',
    ),
    event("video.failed", videoSchema, "It is not going to be encoded: `status.error` says why."),
    event("video.deleted", videoSchema, "A video is gone; what is stored of it follows within minutes."),
    event("upload.created", uploadEntrySchema, "The URL of an upload was given out."),
    event("upload.completed", uploadEntrySchema, "Every byte of an upload is there."),
    event("upload.cancelled", uploadEntrySchema, "An upload was ended by a call, or with its video."),
    event("upload.expired", uploadEntrySchema, "The time of an upload was over."),
    event("upload.failed", uploadEntrySchema, "An upload came to nothing: `error.code` says why."),
    event("import.created", importSchema, "An import was begun, with `upload.created`."),
    event("import.completed", importSchema, "Its file has arrived, with `upload.completed`."),
    event("import.cancelled", importSchema, "An import was ended by a call, or with its video."),
    event(
      "import.failed",
      importSchema,
      "An import came to nothing, or its time was over: `error.code` says why.",
    ),
    event("caption.created", captionOfVideo, "Captions were uploaded, of a name that the video had none of."),
    event(
      "caption.updated",
      captionOfVideo,
      "Captions were uploaded anew; or what is said of them, or of a text of the source, was changed.",
    ),
    event("caption.deleted", captionOfVideo, "Captions that were uploaded are gone."),
    event("audioTrack.created", audioTrackOfVideo, "A sound of its own file is to be added to a video."),
    event("audioTrack.ready", audioTrackOfVideo, "A sound that was added is offered from now on."),
    event(
      "audioTrack.failed",
      audioTrackOfVideo,
      "A sound that was to be added came to nothing: `error` says why.",
    ),
    event(
      "audioTrack.deleted",
      audioTrackOfVideo,
      "A sound that was added is gone, or is not waited for any more.",
    ),
    event("audioTrack.updated", audioTrackOfVideo, "What is said of a sound of a video was changed."),
    event("chapters.updated", chaptersOfVideo, "The chapters of a video in a language were set."),
    event("chapters.deleted", chaptersOfVideo, "The chapters of a video in a language are gone."),
    event("job.started", jobSchema, "The plan of an encoding is made: its tasks are given out."),
    event("job.paused", jobSchema, "No task of it is given out any more, by a call."),
    event("job.resumed", jobSchema, "Its tasks are given out again, by a call."),
    event("job.requeued", jobSchema, "What failed is taken up again, by a call."),
    event("job.completed", completedJob, "An encoding is done, with `video.ready`."),
    event(
      "job.failed",
      jobSchema,
      "An encoding came to nothing, with `video.failed`; it can be requeued for a week.",
    ),
    event(
      "task.dead",
      jobWithDeadTask,
      "A task was given up; told with the end of its job, of the first 20.",
    ),
    event("webhook.disabled", webhookSchema, "Another webhook answered 410, or took nothing for days."),
    event("webhook.test", webhookSchema, "Somebody asked for it; for that webhook alone."),
  ])
  .openapi("Event", { description: "What happened, by `type`, with the whole resource in `data`." });

export type SluiceEvent = z.infer<typeof eventSchema>;
export type EventType = SluiceEvent["type"];
export type DataOf<Type extends EventType> = Extract<SluiceEvent, { type: Type }>["data"];
