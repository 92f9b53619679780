// What runners call. Two credentials: the runner token on tasks, and on objects the URL itself.
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { Context } from "hono";
import type { ZodType } from "zod";
import { bearerToken, sameSecret } from "#workers/access/secrets.ts";
import type { ApiEnv } from "#workers/http/context.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { originOf } from "#workers/http/origin.ts";
import { problemResponse } from "#workers/http/problem.ts";
import { refuse, type Result } from "#workers/result.ts";
import type { RpcResult } from "./board-context.ts";
import { leaseSeconds } from "./board.ts";
import {
  chunkReport,
  claimRequest,
  completion,
  failure,
  heartbeat,
  protocolHeader,
  protocolVersion,
} from "./contract.ts";
import { handleObject } from "./objects.ts";
import { signTask } from "./signed-task.ts";

export const runnerRoutes = new Hono<ApiEnv>();

runnerRoutes.all("/objects/:token", (c) =>
  handleObject(c.req.raw, c.env, c.req.param("token"), c.var.requestId, Date.now()),
);

const onlyRunners = createMiddleware<ApiEnv>(async (c, next) => {
  const token = bearerToken(c.req.raw.headers);
  if (token === null || !(await sameSecret(token, c.env.RUNNER_TOKEN))) {
    const headers = { "WWW-Authenticate": "Bearer" };
    return problemResponse("unauthenticated", { requestId: c.var.requestId, headers });
  }
  return next();
});

/** Said on every answer too, so that whoever runs an old runner sees what to update. */
const sameProtocol = createMiddleware<ApiEnv>(async (c, next) => {
  const spoken = c.req.header(protocolHeader) ?? "";
  if (spoken !== String(protocolVersion)) {
    const said = /^[\w.-]{1,32}$/.test(spoken) ? `version ${spoken}` : "no version";
    return problemResponse("runnerProtocolMismatch", {
      requestId: c.var.requestId,
      detail: `The runner says ${said}; this Worker speaks version ${protocolVersion}.`,
      // RFC 9110 section 15.5.22: a 426 names the protocol in Upgrade.
      headers: { Upgrade: `sluice-runner/${protocolVersion}`, [protocolHeader]: String(protocolVersion) },
    });
  }
  return next();
});

runnerRoutes.use("/tasks/*", onlyRunners, sameProtocol, jsonBody);

runnerRoutes.post("/tasks/claim", async (c) => {
  const body = await parsed(c, claimRequest);
  if (!body.ok) return body.reason;
  const order = await board(c).claim(body.value);
  if (order === null) return c.body(null, 204);
  const signing = { secret: c.env.OBJECT_URL_KEY, origin: originOf(c.req.raw), nowMs: Date.now() };
  return c.json(await signTask(order, signing), 200, { "Cache-Control": "no-store" });
});

runnerRoutes.post("/tasks/:id/heartbeat", async (c) => {
  const body = await parsed(c, heartbeat);
  if (!body.ok) return body.reason;
  const result = await board(c).heartbeat(c.req.param("id"), body.value.attempt, body.value.progress);
  return result.ok ? c.json({ leaseSeconds }) : answer(c, result);
});

runnerRoutes.post("/tasks/:id/chunks", async (c) => {
  const body = await parsed(c, chunkReport);
  return body.ok ? answer(c, await board(c).reportChunk(c.req.param("id"), body.value)) : body.reason;
});

runnerRoutes.post("/tasks/:id/complete", async (c) => {
  const body = await parsed(c, completion);
  return body.ok ? answer(c, await board(c).complete(c.req.param("id"), body.value)) : body.reason;
});

runnerRoutes.post("/tasks/:id/fail", async (c) => {
  const body = await parsed(c, failure);
  return body.ok ? answer(c, await board(c).fail(c.req.param("id"), body.value)) : body.reason;
});

function board(c: Context<ApiEnv>) {
  return c.env.SCHEDULER.getByName("board");
}

function answer(c: Context<ApiEnv>, result: RpcResult): Response {
  if (result.ok) return c.body(null, 204);
  const { requestId } = c.var;
  switch (result.reason.code) {
    case "leaseLost":
      return problemResponse("leaseLost", { requestId });
    case "unprocessable":
      return problemResponse("unprocessable", { requestId, detail: result.reason.detail });
  }
}

async function parsed<T>(c: Context<ApiEnv>, schema: ZodType<T>): Promise<Result<T, Response>> {
  const body: unknown = await c.req.json().catch(() => null);
  const result = schema.safeParse(body);
  if (result.success) return { ok: true, value: result.data };
  const errors = result.error.issues.slice(0, 20).map(({ path, message }) => ({
    pointer: `#${path.map((part) => `/${String(part)}`).join("")}`,
    detail: message,
  }));
  return refuse(problemResponse("unprocessable", { requestId: c.var.requestId, errors }));
}
