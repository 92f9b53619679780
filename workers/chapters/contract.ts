import { z } from "@hono/zod-openapi";
import { videoParams } from "#workers/videos/contract.ts";

const maxChapters = 500;

export const language = z
  .string()
  .max(35)
  .regex(/^[a-z]{2,8}(?:-[a-z0-9]{1,8})*$/i, "This is no language tag")
  .openapi({ description: "BCP 47.", example: "en" });

const chapter = z.strictObject({
  startSeconds: z.number().min(0).max(360_000),
  // One line: players put it into a menu.
  title: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .regex(/^\P{Cc}*$/u, "A title is one line"),
});

const chapters = z
  .array(chapter)
  .min(1)
  .max(maxChapters)
  .superRefine((list, context) => {
    for (const [index, { startSeconds }] of list.entries()) {
      const before = list[index - 1]?.startSeconds;
      if (before !== undefined && startSeconds <= before)
        context.addIssue({ code: "custom", path: [index, "startSeconds"], message: "Chapters are in order" });
    }
  })
  .openapi({ description: "Each lasts until the next." });

export const newChaptersSchema = z.strictObject({ chapters }).openapi("NewChapters", {
  example: {
    chapters: [
      { startSeconds: 0, title: "Opening" },
      { startSeconds: 62.5, title: "The goal" },
    ],
  },
});

export const chaptersSchema = z
  .object({
    language,
    chapters: z.array(z.object({ startSeconds: z.number(), title: z.string() })),
  })
  .openapi("Chapters");

export const chaptersListSchema = z.object({ data: z.array(chaptersSchema) }).openapi("ChaptersList");

export const chaptersParams = videoParams.extend({
  language: language.openapi({ param: { name: "language", in: "path" } }),
});
