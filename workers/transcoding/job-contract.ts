// Jobs as the API shows them.
import { z } from "@hono/zod-openapi";
import { taskKinds } from "./runner-scope.ts";

const states = ["queued", "running", "paused", "failed"] as const;
const count = z.int().nonnegative();

const errorSchema = z.object({
  code: z.string().openapi({ description: "As in the video's `status.error.code`." }),
  message: z.string(),
});

export const taskSchema = z
  .object({
    id: z.string(),
    kind: z.enum(taskKinds),
    chunk: count.openapi({ description: "Of a video task; 0 for the others." }),
    track: z.string().openapi({ description: "Of a task for one track; empty for the others." }),
    phase: z.enum(["ready", "leased", "done", "dead"]),
    attempt: count.openapi({ description: "How often it was given to a runner." }),
    failures: count.openapi({ description: "Attempts that a runner said had failed." }),
    lapses: count.openapi({ description: "Attempts whose runner was not heard from." }),
    progress: z.number().min(0).max(1),
    runner: z.string().nullable().openapi({ description: "Who had it last." }),
    error: errorSchema
      .extend({ attempt: count })
      .nullable()
      .openapi({ description: "How the last attempt that ended badly did so." }),
  })
  .openapi("EncodingTask");

const jobFields = {
  videoId: z.string(),
  version: count,
  state: z.enum(states).openapi({
    description: "`queued`: nothing of it is being worked on. `failed`: kept for a week, to be requeued.",
  }),
  priority: z.enum(["high", "normal", "low"]),
  creator: z.string().nullable(),
  submittedAt: z.iso.datetime(),
  failedAt: z.iso.datetime().nullable(),
  error: errorSchema.nullable(),
  percent: z.number().min(0).max(100),
  etaSeconds: z.int().nullable().openapi({
    description: "From what tasks took lately and who works now; null where nothing is known.",
  }),
  taskCounts: z.object({ total: count, done: count, running: count, waiting: count, dead: count }),
  deadTasks: z.array(taskSchema).openapi({ description: "Tasks that were given up, with the reason." }),
};

export const jobSchema = z.object(jobFields).openapi("EncodingJob");
const listedJobSchema = z
  .object({ ...jobFields, title: z.string().openapi({ description: "Of the video, as it is now." }) })
  .openapi("ListedEncodingJob");
export const jobListSchema = z.object({ data: z.array(listedJobSchema), nextCursor: z.string().nullable() });
export const jobWithTasksSchema = z
  .object({ ...jobFields, tasks: z.array(taskSchema) })
  .openapi("EncodingJobWithTasks");
const paused = z.boolean().openapi({ description: "No task is given out until it is resumed." });
export const boardSchema = z.object({ paused }).openapi("TaskBoard");
export const boardLoadSchema = z
  .object({
    paused,
    jobs: count.openapi({ description: "Videos that are being encoded, or wait for it." }),
    openTasks: count.openapi({
      description: "Tasks that wait for a runner or are being worked on; none that are paused.",
    }),
  })
  .openapi("TaskBoardLoad");

const page = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(200).optional().openapi({ description: "`nextCursor` of the page before." }),
};
export const deadLetterQuery = z.object(page);
export const jobQuery = z.object({ ...page, state: z.enum(states).optional() });
export const jobParams = z.object({
  videoId: z
    .string()
    .min(1)
    .max(64)
    .openapi({ param: { name: "videoId", in: "path" }, example: "vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" }),
});
