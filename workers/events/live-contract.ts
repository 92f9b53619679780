// What happens to videos, as whoever listens is told it.
import { z } from "@hono/zod-openapi";
import type { VideoErrorCode } from "#workers/videos/lifecycle.ts";

export type VideoEvent = { readonly videoId: string; readonly atMs: number } & (
  | {
      readonly type: "video.uploaded";
      /** Why the file can't be played as it came; null where it plays. */
      readonly waits: { readonly code: string; readonly message: string } | null;
    }
  | { readonly type: "video.playable" }
  | {
      readonly type: "video.progress";
      readonly percent: number;
      /** Null: not known. */
      readonly etaSeconds: number | null;
    }
  | { readonly type: "video.ready" }
  | { readonly type: "video.failed"; readonly code: VideoErrorCode; readonly message: string }
  /** A task of its encoding was given up. */
  | {
      readonly type: "task.dead";
      readonly taskId: string;
      readonly task: string;
      readonly chunk: number;
      readonly track: string;
      readonly attempt: number;
      readonly code: VideoErrorCode;
      readonly message: string;
    }
  /** Something of it was committed: events/hint.ts. */
  | { readonly type: PlainType }
  | { readonly type: UploadType; readonly uploadId: string }
  | { readonly type: ImportType; readonly uploadId: string; readonly importId: string }
);

const plainTypes = [
  ...(["video.created", "video.updated", "video.deleted"] as const),
  ...(["caption.created", "caption.updated", "caption.deleted"] as const),
  ...(["chapters.updated", "chapters.deleted"] as const),
  ...(["audioTrack.created", "audioTrack.ready", "audioTrack.failed"] as const),
  ...(["audioTrack.deleted", "audioTrack.updated"] as const),
  ...(["job.started", "job.paused", "job.resumed", "job.requeued"] as const),
  ...(["job.completed", "job.failed"] as const),
] as const;
const uploadTypes = [
  ...(["upload.created", "upload.completed", "upload.cancelled"] as const),
  ...(["upload.expired", "upload.failed"] as const),
] as const;
const importTypes = ["import.created", "import.completed", "import.cancelled", "import.failed"] as const;
type PlainType = (typeof plainTypes)[number];
type UploadType = (typeof uploadTypes)[number];
type ImportType = (typeof importTypes)[number];

export interface StoredEvent {
  /** Counts up over all events. */
  readonly sequence: number;
  readonly event: VideoEvent;
}

/** What was kept of the time after a sequence number. */
export interface KeptEvents {
  readonly events: readonly StoredEvent[];
  /** Of the last event of all, whichever video it was of; 0 before the first. */
  readonly lastSequence: number;
  /** Some that came after the number asked for are not kept any more. */
  readonly gap: boolean;
}

const told = {
  sequence: z.int().positive().openapi({ description: "Counts up over the events of all videos." }),
  videoId: z.string(),
  at: z.iso.datetime(),
};
const reason = { code: z.string(), message: z.string() };

const eventSchema = z
  .discriminatedUnion("type", [
    z.object({
      type: z.literal("video.uploaded"),
      ...told,
      waits: z.object(reason).nullable().openapi({
        description: "Why the file can't be played as it came; null where it plays.",
      }),
    }),
    z.object({ type: z.literal("video.playable"), ...told }),
    z.object({
      type: z.literal("video.progress"),
      ...told,
      percent: z.number().min(0).max(100),
      etaSeconds: z.number().nullable().openapi({ description: "Null where it is not known." }),
    }),
    z.object({ type: z.literal("video.ready"), ...told }),
    z.object({ type: z.literal("video.failed"), ...told, ...reason }),
    z.object({
      type: z.literal("task.dead"),
      ...told,
      taskId: z.string(),
      task: z.string(),
      chunk: z.int().nonnegative(),
      track: z.string(),
      attempt: z.int().nonnegative(),
      ...reason,
    }),
    z.object({ type: z.enum(plainTypes), ...told }),
    z.object({ type: z.enum(uploadTypes), ...told, uploadId: z.string() }),
    z.object({ type: z.enum(importTypes), ...told, uploadId: z.string(), importId: z.string() }),
  ])
  .openapi("VideoEvent");
export type ToldEvent = z.infer<typeof eventSchema>;

/** What a socket carries besides. */
export type SocketMessage =
  | ToldEvent
  /** It listens from here on. */
  | { readonly type: "hello"; readonly lastSequence: number }
  /** Some events after `after` are not kept any more. */
  | { readonly type: "gap"; readonly after: number; readonly lastSequence: number };

export const eventListSchema = z
  .object({
    data: z.array(eventSchema).openapi({ description: "Oldest first." }),
    lastSequence: z.int().nonnegative().openapi({
      description: "Of the last event of all: `after` of the next request, where `data` is not cut short.",
    }),
    gap: z.boolean().openapi({
      description: "Some events after `after` are not kept any more: read the videos instead.",
    }),
  })
  .openapi("VideoEventList");

const videoId = z.string().regex(/^vid_[0-9A-HJKMNP-TV-Z]{26}$/, "A video's id");

/** A socket has as many tags at most. */
export const maxVideosListenedTo = 10;

export const eventQuery = z.object({
  after: z
    .string()
    .regex(/^\d{1,15}$/, "A sequence number")
    .transform(Number)
    .optional()
    .openapi({ type: "integer", description: "Only events after this sequence number." }),
  videoId: z
    .string()
    .max(400)
    .transform((text) => [...new Set(text.split(","))])
    .pipe(z.array(videoId).min(1).max(maxVideosListenedTo))
    .optional()
    .openapi({
      type: "string",
      description: `Only events of these videos: up to ${maxVideosListenedTo} ids with commas between.`,
      example: "vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4",
    }),
});

export const newTicketSchema = z
  .strictObject({
    videoId: videoId.optional().openapi({ description: "It is good for the events of this video alone." }),
  })
  .openapi("NewEventTicket", { example: { videoId: "vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" } });

export const ticketSchema = z
  .object({
    ticket: z.string().openapi({ description: "The second protocol that a socket asks for." }),
    videoId: z.string().nullable(),
    expiresAt: z.iso.datetime().openapi({ description: "A socket that is open by then stays." }),
  })
  .openapi("EventTicket");

export const uploadTicketParams = z.object({ uploadId: z.string(), secret: z.string() });
