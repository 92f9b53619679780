// What runners call. Two credentials: the runner token on tasks, and on objects the URL itself.
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { Context } from "hono";
import type { ZodType } from "zod";
import { limitFailedAuthentication } from "#workers/access/rate-limit.ts";
import { rateLimited } from "#workers/access/rate-limited.ts";
import { viewerIpOf } from "#workers/access/viewer-place.ts";
import type { ApiEnv } from "#workers/http/context.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { logError } from "#workers/http/log.ts";
import { originOf } from "#workers/http/origin.ts";
import { problemResponse } from "#workers/http/problem.ts";
import { refuse, type Result } from "#workers/result.ts";
import type { RpcResult } from "./board-context.ts";
import { leaseSeconds } from "./board.ts";
import { containerHost } from "./fleet.ts";
import {
  chunkReport,
  claimRequest,
  completion,
  failure,
  heartbeat,
  leaseHeader,
  protocolHeader,
  protocolVersion,
  leave,
  urlRequest,
} from "./contract.ts";
import { verifyLease, verifyRenewal } from "./object-url.ts";
import { handleObject } from "./objects.ts";
import { bucketEndpoint } from "#workers/storage/presign.ts";
import { authenticateRunner, runnerTokenStands, touchRunnerToken } from "./runner-token-check.ts";
import { sawRunner, sawStranger } from "./runner-register.ts";
import { withSourceRanges } from "./source-ranges.ts";
import { signAgain, signTask, type Signing } from "./signed-task.ts";

export const runnerRoutes = new Hono<ApiEnv>();

runnerRoutes.all("/objects/:token", (c) =>
  handleObject(c.req.raw, c.env, c.req.param("token"), c.var.requestId, Date.now()),
);

const onlyRunners = createMiddleware<ApiEnv>(async (c, next) => {
  const nowMs = Date.now();
  const runner = await authenticateRunner(c.req.raw.headers, c.env, nowMs);
  if (!runner.ok) {
    if (runner.reason === "invalid") {
      const counted = await limitFailedAuthentication(c.env, viewerIpOf(c.req.raw.headers));
      if (!counted.ok) return rateLimited(c, counted.reason);
    }
    return unauthenticated(c);
  }
  if (runner.value !== null) {
    c.executionCtx.waitUntil(touchRunnerToken(c.env.DB, runner.value.tokenId, nowMs));
  }
  c.set("runner", runner.value);
  return next();
});

/** Said on every answer too, so that whoever runs an old runner sees what to update. */
const sameProtocol = createMiddleware<ApiEnv>(async (c, next) => {
  const spoken = c.req.header(protocolHeader) ?? "";
  if (spoken !== String(protocolVersion)) {
    const isVersion = /^[\w.-]{1,32}$/.test(spoken);
    const said = isVersion ? `version ${spoken}` : "no version";
    const name = c.var.runner?.tokenId ?? "a runner with RUNNER_TOKEN";
    c.executionCtx.waitUntil(
      sawStranger(c.env.DB, name, isVersion ? spoken : "none", Date.now()).catch((error: unknown) =>
        logError("runner.notNoted", error),
      ),
    );
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

/** What is said of a task is heard only from the token that claimed it. */
const onlyHolder = createMiddleware<ApiEnv>(async (c, next) => {
  const { runner: scope, requestId } = c.var;
  if (scope === null) return next();
  const body: unknown = await c.req.json().catch(() => null);
  const attempt =
    typeof body === "object" && body !== null ? Number(Reflect.get(body, "attempt")) : Number.NaN;
  const lease = { taskId: c.req.param("id") ?? "", attempt, tokenId: scope.tokenId };
  if (await verifyLease(c.env.OBJECT_URL_KEY, lease, c.req.header(leaseHeader) ?? "")) return next();
  return problemResponse("leaseLost", { requestId });
});

runnerRoutes.post("/tasks/claim", async (c) => {
  const body = await parsed(c, claimRequest);
  if (!body.ok) return body.reason;
  const { runner: scope } = c.var;
  c.executionCtx.waitUntil(
    sawRunner(c.env.DB, body.value, String(protocolVersion), Date.now()).catch((error: unknown) =>
      logError("runner.notNoted", error),
    ),
  );
  const claimed = await board(c).claim(scope === null ? body.value : { ...body.value, scope });
  if (claimed === null) return c.body(null, 204);
  // The claim may have been held open for long.
  if (scope !== null && !(await runnerTokenStands(c.env.DB, scope.tokenId, Date.now()))) {
    const message = "The runner token has ended.";
    const { id, attempt } = claimed;
    await board(c).fail(id, { attempt, blame: "handback", code: "encodeFailed", message });
    return unauthenticated(c);
  }
  const order = await withSourceRanges(c.env.MEDIA, claimed);
  return c.json(await signTask(order, signingOf(c)), 200, { "Cache-Control": "no-store" });
});

runnerRoutes.post("/tasks/leave", async (c) => {
  const body = await parsed(c, leave);
  if (!body.ok) return body.reason;
  await board(c).leave(body.value.runnerId);
  return c.body(null, 204);
});

runnerRoutes.use("/tasks/:id/:verb", onlyHolder);

runnerRoutes.post("/tasks/:id/heartbeat", async (c) => {
  const body = await parsed(c, heartbeat);
  if (!body.ok) return body.reason;
  const result = await board(c).heartbeat(c.req.param("id"), body.value.attempt, body.value.progress);
  return result.ok ? c.json({ leaseSeconds }) : answer(c, result);
});

runnerRoutes.post("/tasks/:id/urls", async (c) => {
  const body = await parsed(c, urlRequest);
  if (!body.ok) return body.reason;
  const { attempt, renewal, sizeBytes = null } = body.value;
  const { requestId, runner: scope } = c.var;
  const name = await verifyRenewal(c.env.OBJECT_URL_KEY, renewal);
  if (!name.ok)
    return problemResponse("unprocessable", { requestId, detail: `The renewal is ${name.reason}.` });
  const { taskId, attempt: namedAttempt, tokenId = null } = name.value;
  const own =
    taskId === c.req.param("id") && namedAttempt === attempt && tokenId === (scope?.tokenId ?? null);
  if (!own || !(await board(c).mayWrite(taskId, attempt))) return problemResponse("leaseLost", { requestId });
  if (name.value.method === "PUT" && sizeBytes !== null && sizeBytes > name.value.maxBytes) {
    const detail = `At most ${name.value.maxBytes} bytes are expected.`;
    return problemResponse("bodyTooLarge", { requestId, detail });
  }
  const reply = await signAgain(name.value, sizeBytes, signingOf(c));
  return c.json(reply, 200, { "Cache-Control": "no-store" });
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

/**
 * Containers of this Worker have no way to the internet, and need none: their requests never leave the platform.
 */
function signingOf(c: Context<ApiEnv>): Signing {
  const origin = originOf(c.req.raw);
  const inside = new URL(origin).hostname === containerHost;
  return {
    secret: c.env.OBJECT_URL_KEY,
    origin,
    nowMs: Date.now(),
    tokenId: c.var.runner?.tokenId ?? null,
    bucket: inside ? null : bucketEndpoint(c.env),
  };
}

function unauthenticated(c: Context<ApiEnv>): Response {
  const headers = { "WWW-Authenticate": "Bearer" };
  return problemResponse("unauthenticated", { requestId: c.var.requestId, headers });
}

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
