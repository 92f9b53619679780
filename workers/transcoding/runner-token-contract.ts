// Runner tokens as the API shows and takes them.
import { z } from "@hono/zod-openapi";
import { isId } from "#workers/ids.ts";
import { taskKinds } from "./runner-scope.ts";

const tokenId = z.string().openapi({ example: "rtk_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4" });
const kind = z.enum(taskKinds);

const tokenFields = {
  id: tokenId,
  name: z.string(),
  kinds: z.array(kind).nullable().openapi({ description: "The tasks that it may claim. Null: all." }),
  videoId: z.string().nullable().openapi({ description: "The only video it may work on. Null: all." }),
  creator: z.string().nullable().openapi({ description: "Only videos of this creator. Null: all." }),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable().openapi({ description: "To the minute." }),
};

export const runnerTokenSchema = z.object(tokenFields).openapi("RunnerToken");
export type RunnerToken = z.infer<typeof runnerTokenSchema>;

export const createdRunnerTokenSchema = z
  .object({
    ...tokenFields,
    token: z.string().openapi({ description: "The token itself. Shown once; only its hash is kept." }),
  })
  .openapi("CreatedRunnerToken");

export const newRunnerTokenSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    kinds: z
      .array(kind)
      .min(1)
      .refine((kinds) => new Set(kinds).size === kinds.length, "A kind is named twice")
      .optional(),
    videoId: z
      .string()
      .refine((id) => isId("video", id), "Not the id of a video")
      .optional(),
    creator: z.string().trim().min(1).max(100).optional(),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  })
  .openapi("NewRunnerToken", {
    example: {
      name: "gpu box in the basement",
      kinds: ["video", "audio"],
      expiresAt: "2040-01-01T00:00:00Z",
    },
  });
export type NewRunnerTokenBody = z.infer<typeof newRunnerTokenSchema>;

export const runnerTokenListSchema = z
  .object({ data: z.array(runnerTokenSchema) })
  .openapi("RunnerTokenList");

export const runnerTokenParams = z.object({
  tokenId: tokenId.openapi({ param: { name: "tokenId", in: "path" } }),
});
