import { createRoute } from "@hono/zod-openapi";
import { requireScope } from "#workers/access/require-scope.ts";
import { apiRoutes, problem, problems } from "#workers/http/api-routes.ts";
import { jsonBody } from "#workers/http/json-body.ts";
import { makeCursor, readCursor } from "#workers/http/paging.ts";
import {
  newProfileSchema,
  profileFilterSchema,
  profileListSchema,
  profileParams,
  profilePatchSchema,
  profileSchema,
} from "./profile-contract.ts";
import { deleteProfile, findProfile, insertProfile, listProfiles, patchProfile } from "./profile-store.ts";
import { isBuiltInProfile } from "./profile.ts";

const read = { tags: ["encodingProfiles"], middleware: requireScope("videos:read") };
const write = { tags: ["encodingProfiles"], middleware: requireScope("videos:write") };
const writeJson = { tags: ["encodingProfiles"], middleware: [requireScope("videos:write"), jsonBody] };
const aProfile = { "application/json": { schema: profileSchema } };

const create = createRoute({
  ...writeJson,
  method: "post",
  path: "/v1/encoding-profiles",
  operationId: "createEncodingProfile",
  summary: "Make an encoding profile",
  description: "Its id is what a video's `encoding` names. What is not said is as in `standard`.",
  request: { body: { required: true, content: { "application/json": { schema: newProfileSchema } } } },
  responses: {
    201: { description: "Made.", content: aProfile },
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

const list = createRoute({
  ...read,
  method: "get",
  path: "/v1/encoding-profiles",
  operationId: "listEncodingProfiles",
  summary: "List your encoding profiles, newest first",
  description:
    "The built-in ones are not among them: get each by its name, `mobile`, `standard` or `premium`.",
  request: { query: profileFilterSchema },
  responses: {
    200: { description: "A page.", content: { "application/json": { schema: profileListSchema } } },
    ...problems("invalidParameter", "invalidCursor", "unauthenticated", "forbidden"),
  },
});

const get = createRoute({
  ...read,
  method: "get",
  path: "/v1/encoding-profiles/{profileId}",
  operationId: "getEncodingProfile",
  summary: "Get an encoding profile, one of yours or a built-in one",
  request: { params: profileParams },
  responses: {
    200: { description: "It.", content: aProfile },
    ...problems("unauthenticated", "forbidden", "notFound"),
  },
});

const patch = createRoute({
  ...writeJson,
  method: "patch",
  path: "/v1/encoding-profiles/{profileId}",
  operationId: "patchEncodingProfile",
  summary: "Change an encoding profile",
  description: "For videos that come from now on: those whose encoding has begun keep what it was.",
  request: {
    params: profileParams,
    body: { required: true, content: { "application/json": { schema: profilePatchSchema } } },
  },
  responses: {
    200: { description: "As it is now.", content: aProfile },
    ...problems(
      "invalidJson",
      "unauthenticated",
      "forbidden",
      "notFound",
      "conflict",
      "bodyTooLarge",
      "unsupportedMediaType",
      "unprocessable",
    ),
  },
});

const remove = createRoute({
  ...write,
  method: "delete",
  path: "/v1/encoding-profiles/{profileId}",
  operationId: "deleteEncodingProfile",
  summary: "Delete an encoding profile",
  description:
    "Videos whose encoding has begun are encoded with it all the same; a video that names it and has not come to " +
    "that yet is encoded as `standard`.",
  request: { params: profileParams },
  responses: {
    204: { description: "Gone." },
    ...problems("unauthenticated", "forbidden", "notFound", "conflict"),
  },
});

const fixed = { detail: "A built-in profile is as it is. Make one of your own." };

export const profileRoutes = apiRoutes()
  .openapi(create, async (c) => {
    const { profile, revision } = await insertProfile(c.env.DB, c.req.valid("json"), Date.now());
    if (revision !== null) c.set("revision", revision);
    return c.json(profile, 201);
  })
  .openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const query = JSON.stringify(["encodingProfiles"]);
    const beforeId = cursor === undefined ? null : await readCursor(cursor, query);
    if (cursor !== undefined && beforeId === null) return problem(c, "invalidCursor");
    const { profiles, more } = await listProfiles(c.env.DB, limit, beforeId);
    const lastId = profiles.at(-1)?.id;
    const nextCursor = more && lastId !== undefined ? await makeCursor(lastId, query) : null;
    return c.json({ data: [...profiles], nextCursor }, 200);
  })
  .openapi(get, async (c) => {
    const found = await findProfile(c.env.DB, c.req.valid("param").profileId);
    if (found === null) return problem(c, "notFound");
    if (found.revision !== null) c.set("revision", found.revision);
    return c.json(found.profile, 200);
  })
  .openapi(patch, async (c) => {
    const { profileId } = c.req.valid("param");
    if (isBuiltInProfile(profileId)) return problem(c, "conflict", fixed);
    const found = await patchProfile(c.env.DB, profileId, c.req.valid("json"), Date.now());
    if (found === null) return problem(c, "notFound");
    if (found.revision !== null) c.set("revision", found.revision);
    return c.json(found.profile, 200);
  })
  .openapi(remove, async (c) => {
    const { profileId } = c.req.valid("param");
    if (isBuiltInProfile(profileId)) return problem(c, "conflict", fixed);
    return (await deleteProfile(c.env.DB, profileId)) ? c.body(null, 204) : problem(c, "notFound");
  });
