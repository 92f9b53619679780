import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { requireScope } from "#workers/access/require-scope.ts";
import type { Env } from "#workers/env.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import type { ApiEnv } from "#workers/http/context.ts";
import { log } from "#workers/http/log.ts";
import { makeCursor, readCursor } from "#workers/http/paging.ts";
import type { CommandRefusal } from "./board-commands.ts";
import {
  boardLoadSchema,
  boardSchema,
  deadLetterQuery,
  jobListSchema,
  jobParams,
  jobQuery,
  jobWithTasksSchema,
} from "./job-contract.ts";
import { toJob, toJobWithTasks } from "./job-present.ts";
import type { JobPosition, JobState } from "./job-view.ts";

const read = { tags: ["jobs"], middleware: requireScope("jobs:read"), method: "get" as const };
const write = { tags: ["jobs"], middleware: requireScope("jobs:write"), method: "post" as const };
const aPage = { description: "A page.", content: { "application/json": { schema: jobListSchema } } };
const aJob = { description: "It.", content: { "application/json": { schema: jobWithTasksSchema } } };
const aBoard = { description: "It is so.", content: { "application/json": { schema: boardSchema } } };
const listProblems = problems("invalidParameter", "invalidCursor", "unauthenticated", "forbidden");

const list = createRoute({
  ...read,
  path: "/v1/jobs",
  operationId: "listJobs",
  summary: "List the videos on the task board, newest first",
  description: "A video whose encoding is finished has left it.",
  request: { query: jobQuery },
  responses: { 200: aPage, ...listProblems },
});

const deadLetters = createRoute({
  ...read,
  path: "/v1/jobs/dead-letters",
  operationId: "listDeadLetters",
  summary: "List the videos whose encoding failed and can be requeued, newest first",
  request: { query: deadLetterQuery },
  responses: { 200: aPage, ...listProblems },
});

const get = createRoute({
  ...read,
  path: "/v1/jobs/{videoId}",
  operationId: "getJob",
  summary: "Get how far a video's encoding is, task by task",
  request: { params: jobParams },
  responses: { 200: aJob, ...problems("invalidParameter", "unauthenticated", "forbidden", "notFound") },
});

const getBoard = createRoute({
  ...read,
  path: "/v1/jobs/board",
  operationId: "getBoard",
  summary: "Get whether tasks are given out, and how many wait",
  responses: {
    200: { description: "It.", content: { "application/json": { schema: boardLoadSchema } } },
    ...problems("unauthenticated", "forbidden"),
  },
});

const boardRoute = (kind: "pause" | "resume", summary: string, description: string) =>
  createRoute({
    ...write,
    path: `/v1/jobs/board/${kind}` as const,
    operationId: `${kind}Board` as const,
    summary,
    description,
    responses: { 200: aBoard, ...problems("unauthenticated", "forbidden") },
  });

const pauseBoard = boardRoute(
  "pause",
  "Give out no more tasks",
  "What is being worked on is finished. It stays so until it is resumed.",
);
const resumeBoard = boardRoute(
  "resume",
  "Give out tasks again",
  "Videos that are paused themselves stay so.",
);

type Verb = "pause" | "resume" | "cancel" | "requeue";

const jobRoute = <V extends Verb>(verb: V, summary: string, description: string) =>
  createRoute({
    ...write,
    path: `/v1/jobs/{videoId}/${verb}` as const,
    operationId: `${verb}Job` as const,
    summary,
    description,
    request: { params: jobParams },
    responses: {
      200: aJob,
      ...problems("invalidParameter", "unauthenticated", "forbidden", "notFound", "conflict", "gone"),
    },
  });

const pause = jobRoute(
  "pause",
  "Give out no more tasks of a video",
  "What is being worked on is finished. To say it again is harmless.",
);
const resume = jobRoute("resume", "Give out its tasks again", "To say it again is harmless.");
const cancel = jobRoute(
  "cancel",
  "End a video's encoding",
  "The video fails with `encodeCancelled`. It can be requeued for a week.",
);
const requeue = jobRoute(
  "requeue",
  "Take up again what failed",
  "The video is being worked on again. Tasks that were finished stay so, the others are tried anew.",
);

export const jobRoutes = apiRoutes()
  .openapi(deadLetters, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const page = await pageOf(c.env, "failed", limit, cursor);
    return page === null ? problem(c, "invalidCursor") : c.json(page, 200);
  })
  .openapi(list, async (c) => {
    const { cursor, limit, state } = c.req.valid("query");
    const page = await pageOf(c.env, state ?? null, limit, cursor);
    return page === null ? problem(c, "invalidCursor") : c.json(page, 200);
  })
  .openapi(getBoard, async (c) => {
    const { isPaused: paused, jobs, openTasks } = await board(c.env).stats();
    return c.json({ paused, jobs, openTasks }, 200);
  })
  .openapi(get, async (c) => {
    const job = await board(c.env).job(c.req.valid("param").videoId, true);
    return job === null ? problem(c, "notFound") : c.json(toJobWithTasks(job), 200);
  })
  .openapi(pauseBoard, async (c) => {
    await board(c.env).command({ kind: "pauseBoard" });
    return c.json({ paused: true }, 200);
  })
  .openapi(resumeBoard, async (c) => {
    await board(c.env).command({ kind: "resumeBoard" });
    return c.json({ paused: false }, 200);
  })
  .openapi(pause, (c) => obey(c, "pause", c.req.valid("param").videoId))
  .openapi(resume, (c) => obey(c, "resume", c.req.valid("param").videoId))
  .openapi(cancel, (c) => obey(c, "cancel", c.req.valid("param").videoId))
  .openapi(requeue, (c) => obey(c, "requeue", c.req.valid("param").videoId));

function board(env: Env) {
  return env.SCHEDULER.getByName("board");
}

async function obey(c: Context<ApiEnv>, kind: Verb, videoId: string) {
  const result = await board(c.env).command({ kind, videoId });
  if (!result.ok) return refused(c, result.reason);
  log("info", "transcoding.commanded", { command: kind, videoId, requestId: c.var.requestId });
  const job = await board(c.env).job(videoId, true);
  return job === null ? problem(c, "notFound") : c.json(toJobWithTasks(job), 200);
}

function refused(c: Context<ApiEnv>, reason: CommandRefusal) {
  switch (reason) {
    case "unknown":
      return problem(c, "notFound");
    case "notRunning":
      return problem(c, "conflict", { detail: "Its encoding has failed. It can be requeued." });
    case "notFailed":
      return problem(c, "conflict", { detail: "Its encoding has not failed." });
    case "sourceGone":
      return problem(c, "gone", { detail: "The uploaded file is not there any more." });
  }
}

/** Null: the cursor is of another list. */
async function pageOf(env: Env, state: JobState | null, limit: number, cursor: string | undefined) {
  const query = JSON.stringify(["jobs", state]);
  const last = cursor === undefined ? null : await readCursor(cursor, query);
  const before = last === null ? null : positionIn(last);
  if (cursor !== undefined && before === null) return null;
  // One more than asked tells whether there is a next page.
  const found = await board(env).jobs({ state, before, limit: limit + 1 });
  const page = found.slice(0, limit);
  const end = page.at(-1);
  const more = found.length > limit && end !== undefined;
  const titles = await titlesOf(
    env.DB,
    page.map(({ videoId }) => videoId),
  );
  return {
    data: page.map((job) => ({ ...toJob(job), title: titles.get(job.videoId) ?? "" })),
    nextCursor: more ? await makeCursor(`${end.submittedAtMs} ${end.videoId}/${end.version}`, query) : null,
  };
}

async function titlesOf(db: D1Database, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { results } = await db
    .prepare("SELECT id, title FROM videos WHERE id IN (SELECT value FROM json_each(?))")
    .bind(JSON.stringify(ids))
    .all<{ id: string; title: string }>();
  return new Map(results.map(({ id, title }) => [id, title]));
}

function positionIn(text: string): JobPosition | null {
  const [time = "", jobId] = text.split(" ");
  const submittedAtMs = Number(time);
  return jobId === undefined || !Number.isSafeInteger(submittedAtMs) ? null : { submittedAtMs, jobId };
}
