// From what a caller says of a new video to the video: one that awaits its upload, or one of an object that is there.
import type { z } from "@hono/zod-openapi";
import type { Env } from "#workers/env.ts";
import { logError } from "#workers/http/log.ts";
import { sendAll } from "#workers/outbox/outbox.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import { findEncoding } from "#workers/transcoding/profile-store.ts";
import type { newVideoSchema } from "./contract.ts";
import { createVideo, msOrNull, type NewVideo } from "./create.ts";
import { fileNameOf } from "./object-key.ts";
import { registerObject, type Registered } from "./register-object.ts";
import { segmentFragments } from "./segment-seconds.ts";

export type NewVideoRefusal = "encodingProfileUnknown" | "sourceObjectMissing" | "sourceObjectEmpty";

type Asked = z.infer<typeof newVideoSchema>;

const longestTitle = 200;

/** Gives its id. `behind` takes what need not be waited for. */
export async function makeVideo(
  env: Env,
  asked: Asked,
  nowMs: number,
  behind: (work: Promise<unknown>) => void,
): Promise<Result<string, NewVideoRefusal>> {
  const known = await findEncoding(env.DB, asked.encoding);
  if (known === null) return refuse("encodingProfileUnknown");
  const objectKey = asked.source?.objectKey;
  if (objectKey === undefined) {
    const { videoId, statements, told } = createVideo(env.DB, newVideoOf(asked, null), nowMs);
    await env.DB.batch([...statements]);
    await sendAll(env, told);
    return ok(videoId);
  }
  const video = { ...newVideoOf(asked, objectKey), sourceKey: objectKey, profile: known.settings };
  const registered = await registerObject(env, video, nowMs);
  if (!registered.ok) return registered;
  if (registered.value.isUnknown) behind(lookAt(env, registered.value, objectKey));
  return ok(registered.value.videoId);
}

function newVideoOf(asked: Asked, sourceKey: string | null): NewVideo {
  const { title, creator, metadata, tags, playback, encoding, priority } = asked;
  const fileName = sourceKey === null ? null : fileNameOf(sourceKey);
  return {
    ...{ creator, metadata, tags, playback, encoding, priority, sourceKey },
    title: title === "" && fileName !== null ? fileName.slice(0, longestTitle) : title,
    policy: asked.playbackPolicy,
    segmentFragments: segmentFragments(asked.segmentSeconds),
    availableFromMs: msOrNull(asked.availableFrom),
    availableUntilMs: msOrNull(asked.availableUntil),
    deleteAtMs: msOrNull(asked.deleteAt),
  };
}

/** What can be told of a file that does not play as it is. The runner decides what it is. */
async function lookAt(env: Env, { videoId, sizeBytes }: Registered, objectKey: string): Promise<void> {
  try {
    const { inspectSource } = await import("#workers/uploads/inspect.ts");
    await inspectSource(env, videoId, sizeBytes, objectKey);
  } catch (error) {
    logError("video.inspectFailed", error, { videoId });
  }
}
