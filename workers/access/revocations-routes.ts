import { createRoute } from "@hono/zod-openapi";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { log } from "#workers/http/log.ts";
import { makeCursor, readCursor } from "#workers/http/paging.ts";
import { endRefreshTokens } from "./refresh-tokens.ts";
import { requireScope } from "./require-scope.ts";
import { forEverSeconds } from "./revocation-log.ts";
import { subjectOf } from "./revocation-subject.ts";
import { listRevocations, revoke, untilNowSeconds } from "./revocations-client.ts";
import {
  fromRevocation,
  newRevocationSchema,
  restoredCountSchema,
  restoredRevocationsSchema,
  revocationListSchema,
  revocationPageSchema,
  revocationSchema,
  toRevocation,
} from "./revocations-contract.ts";

const tags = ["revocations"];
/** Clocks of those who call may be this much ahead. */
const clockSkewMs = 60_000;
const cursorOf = "revocations";

const create = createRoute({
  tags,
  middleware: [requireScope("access:write"), jsonBody],
  method: "post",
  path: "/v1/revocations",
  operationId: "createRevocation",
  summary: "Take back what lets somebody watch",
  description:
    "Of a viewer, a session, a token, a playback id or a signing key: whatever was issued before now gets no byte later " +
    "than 5 seconds after this was answered, and its refresh tokens have ended. Tokens that are issued later hold. To " +
    "say it again is harmless.",
  request: { body: { required: true, content: { "application/json": { schema: newRevocationSchema } } } },
  responses: {
    200: { description: "It holds.", content: { "application/json": { schema: revocationSchema } } },
    ...problems(
      "unauthenticated",
      "forbidden",
      "invalidJson",
      "bodyTooLarge",
      "unsupportedMediaType",
      "unprocessable",
      "unavailable",
    ),
  },
});

const list = createRoute({
  tags,
  middleware: requireScope("access:write"),
  method: "get",
  path: "/v1/revocations",
  operationId: "listRevocations",
  summary: "List the revocations that hold, the one said last first",
  description:
    "Also those that Sluice made itself: of streams over a limit, of shared sessions, of what was deleted.",
  request: { query: revocationPageSchema },
  responses: {
    200: { description: "A page.", content: { "application/json": { schema: revocationListSchema } } },
    ...problems("invalidParameter", "invalidCursor", "unauthenticated", "forbidden", "unavailable"),
  },
});

const restore = createRoute({
  tags,
  middleware: [requireScope("admin"), jsonBody],
  method: "post",
  path: "/v1/revocations/restore",
  operationId: "restoreRevocations",
  summary: "Take back again what another deployment listed as taken back",
  description:
    "For `npm run restore`: revocations are kept by an object that no backup can read. They hold again for as long as " +
    "if they were said now. To say it again is harmless.",
  request: {
    body: { required: true, content: { "application/json": { schema: restoredRevocationsSchema } } },
  },
  responses: {
    200: { description: "They hold.", content: { "application/json": { schema: restoredCountSchema } } },
    ...problems(
      "unauthenticated",
      "forbidden",
      "invalidJson",
      "bodyTooLarge",
      "unsupportedMediaType",
      "unprocessable",
      "unavailable",
    ),
  },
});

const retry = { headers: { "Retry-After": "1" } };

export const revocationRoutes = apiRoutes()
  .openapi(create, async (c) => {
    const { kind, id, issuedBefore } = c.req.valid("json");
    const subject = await subjectOf(kind, id);
    if (subject === null) {
      const detail = "Neither the name of a session nor a playback URL";
      return problem(c, "unprocessable", { errors: [{ pointer: "#/id", detail }] });
    }
    const givenMs = issuedBefore === undefined ? null : Date.parse(issuedBefore);
    if (givenMs !== null && (givenMs > Date.now() + clockSkewMs || givenMs <= 0)) {
      const detail = "May not lie ahead, nor before 1970";
      return problem(c, "unprocessable", { errors: [{ pointer: "#/issuedBefore", detail }] });
    }
    // First, so that whatever they were renewed to until then is older than the entry.
    if (subject.refreshable !== null) await endRefreshTokens(c.env.DB, subject.refreshable);
    const issuedBeforeSeconds =
      givenMs !== null
        ? Math.ceil(givenMs / 1_000)
        : subject.once
          ? forEverSeconds
          : untilNowSeconds(Date.now());
    const { hash } = subject;
    const revoked = await revoke(c.env, [{ kind, hash, issuedBeforeSeconds, reason: "revoked" }]);
    const stored = revoked.ok ? revoked.value[0] : undefined;
    if (stored === undefined) return problem(c, "unavailable", retry);
    const shown = toRevocation(stored);
    log("info", "access.revoked", { kind, hash: shown.hash, requestId: c.var.requestId });
    return c.json(shown, 200);
  })
  .openapi(list, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const last = cursor === undefined ? null : await readCursor(cursor, cursorOf);
    if (cursor !== undefined && last === null) return problem(c, "invalidCursor");
    // One more than asked tells whether there is a next page.
    const found = await listRevocations(c.env, last === null ? null : Number(last), limit + 1);
    if (!found.ok) return problem(c, "unavailable", retry);
    const page = found.value.slice(0, limit);
    const end = page.at(-1);
    const more = found.value.length > limit && end !== undefined;
    return c.json(
      {
        data: page.map(toRevocation),
        nextCursor: more ? await makeCursor(String(end.sequence), cursorOf) : null,
      },
      200,
    );
  })
  .openapi(restore, async (c) => {
    const entries = c.req.valid("json").data.map(fromRevocation);
    const wrong = entries.indexOf(null);
    if (wrong >= 0) {
      const detail = "Not 8 bytes of base64url";
      return problem(c, "unprocessable", { errors: [{ pointer: `#/data/${wrong}/hash`, detail }] });
    }
    const stored = await revoke(
      c.env,
      entries.filter((entry) => entry !== null),
    );
    if (!stored.ok) return problem(c, "unavailable", retry);
    log("info", "access.revocationsRestored", { entries: entries.length, requestId: c.var.requestId });
    return c.json({ restored: stored.value.length }, 200);
  });
