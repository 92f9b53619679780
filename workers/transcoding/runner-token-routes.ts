import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { forgetRunnerToken } from "./runner-token-check.ts";
import {
  createdRunnerTokenSchema,
  newRunnerTokenSchema,
  runnerTokenListSchema,
  runnerTokenParams,
  runnerTokenSchema,
} from "./runner-token-contract.ts";
import {
  findRunnerToken,
  insertRunnerToken,
  listRunnerTokens,
  revokeRunnerToken,
} from "./runner-token-store.ts";
import { newRunnerToken } from "./runner-token.ts";

const admin = { tags: ["runnerTokens"], middleware: requireScope("admin") };

const createToken = createRoute({
  tags: ["runnerTokens"],
  middleware: [requireScope("admin"), jsonBody],
  method: "post",
  path: "/v1/runner-tokens",
  operationId: "createRunnerToken",
  summary: "Make a token for runners",
  description: "For a machine of yours. What is not named does not limit it.",
  request: { body: { required: true, content: { "application/json": { schema: newRunnerTokenSchema } } } },
  responses: {
    201: {
      description: "The token: the only time it is shown.",
      content: { "application/json": { schema: createdRunnerTokenSchema } },
    },
    ...problems(
      "unauthenticated",
      "forbidden",
      "invalidJson",
      "bodyTooLarge",
      "unsupportedMediaType",
      "unprocessable",
    ),
  },
});

const listAll = createRoute({
  ...admin,
  method: "get",
  path: "/v1/runner-tokens",
  operationId: "listRunnerTokens",
  summary: "List the runner tokens that are not revoked",
  responses: {
    200: { description: "All of them.", content: { "application/json": { schema: runnerTokenListSchema } } },
    ...problems("unauthenticated", "forbidden"),
  },
});

const getToken = createRoute({
  ...admin,
  method: "get",
  path: "/v1/runner-tokens/{tokenId}",
  operationId: "getRunnerToken",
  summary: "Get a runner token that is not revoked",
  description: "Without the token itself, which is shown once.",
  request: { params: runnerTokenParams },
  responses: {
    200: { description: "The token.", content: { "application/json": { schema: runnerTokenSchema } } },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const revoke = createRoute({
  ...admin,
  method: "delete",
  path: "/v1/runner-tokens/{tokenId}",
  operationId: "revokeRunnerToken",
  summary: "Revoke a runner token",
  description:
    "Its runners stop at their next word, at once where this was answered and within 5 seconds everywhere, and so do the Worker's object URLs that were signed for it. What they held goes to other runners.",
  request: { params: runnerTokenParams },
  responses: {
    204: { description: "Revoked." },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

export const runnerTokenRoutes = apiRoutes()
  .openapi(createToken, async (c) => {
    const body = c.req.valid("json");
    const nowMs = Date.now();
    if (body.expiresAt !== undefined && Date.parse(body.expiresAt) <= nowMs) {
      const errors = [{ pointer: "#/expiresAt", detail: "This time has passed" }];
      return problem(c, "unprocessable", { errors });
    }
    const made = await newRunnerToken(nowMs);
    const token = await insertRunnerToken(c.env.DB, made, body, nowMs);
    return c.json({ ...token, token: made.token }, 201);
  })
  .openapi(listAll, async (c) => c.json({ data: [...(await listRunnerTokens(c.env.DB))] }, 200))
  .openapi(getToken, async (c) => {
    const token = await findRunnerToken(c.env.DB, c.req.valid("param").tokenId);
    return token === null ? problem(c, "notFound") : c.json(token, 200);
  })
  .openapi(revoke, async (c) => {
    const { tokenId } = c.req.valid("param");
    if (!(await revokeRunnerToken(c.env.DB, tokenId, Date.now()))) return problem(c, "notFound");
    forgetRunnerToken(tokenId);
    return c.body(null, 204);
  });
