import { z } from "@hono/zod-openapi";
import { newVideoFields } from "#workers/videos/contract.ts";

const shortestSeconds = 0.1;
const longestSeconds = 100_000_000;
const seconds = z.number().min(0).max(longestSeconds);

export const newClipSchema = z
  .strictObject({
    startSeconds: seconds.openapi({ description: "Of the video, where it begins." }),
    endSeconds: seconds,
    title: newVideoFields.title
      .removeDefault()
      .optional()
      .openapi({ description: "The video's where it is not given." }),
    creator: newVideoFields.creator.removeDefault().optional(),
    metadata: newVideoFields.metadata,
    tags: newVideoFields.tags,
    playbackPolicy: newVideoFields.playbackPolicy
      .removeDefault()
      .optional()
      .openapi({
        description:
          "Without it, policy and rules are those of the video's first playback id, so that a clip is never more open by " +
          "itself; `signed` where the video has none.",
      }),
  })
  .refine(({ startSeconds, endSeconds }) => endSeconds - startSeconds >= shortestSeconds, {
    path: ["endSeconds"],
    message: `It has to end at least ${shortestSeconds} s after it begins`,
  })
  .openapi("NewClip", { example: { startSeconds: 62.5, endSeconds: 80, title: "The goal" } });
