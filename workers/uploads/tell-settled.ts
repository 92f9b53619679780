// Whoever listens is told of an upload's end, once the database knows of it. What can't be told holds nothing up: the
// video says the same to whoever asks.
import type { Env } from "#workers/env.ts";
import type { VideoEvent } from "#workers/events/live-contract.ts";
import { publishEvent } from "#workers/events/publish.ts";
import { logError } from "#workers/http/log.ts";
import type { Unfit } from "#workers/packaging/source/source.ts";
import type { Result } from "#workers/result.ts";
import type { VideoErrorCode } from "#workers/videos/lifecycle.ts";

interface Told {
  /** Of the upload; of an object that was registered, its video's. */
  readonly arrivalId: string;
  readonly videoId: string;
  readonly atMs: number;
}

/** `isEncoded`: the file is not all that there will be of the video. */
export async function tellArrived(
  env: Env,
  { arrivalId, ...of }: Told,
  timeline: Result<unknown, Unfit>,
  isEncoded: boolean,
): Promise<void> {
  if (timeline.ok) {
    const end: readonly VideoEvent[] = isEncoded ? [] : [{ type: "video.ready", ...of }];
    return tell(env, arrivalId, [
      { type: "video.uploaded", ...of, waits: null },
      { type: "video.playable", ...of },
      ...end,
    ]);
  }
  const { code, message } = timeline.reason;
  const end: readonly VideoEvent[] = isEncoded
    ? []
    : [{ type: "video.failed", ...of, code: "passthroughUnfit", message }];
  await tell(env, arrivalId, [{ type: "video.uploaded", ...of, waits: { code, message } }, ...end]);
}

export async function tellEnded(
  env: Env,
  { arrivalId, ...of }: Told,
  error: { readonly code: VideoErrorCode; readonly message: string },
): Promise<void> {
  await tell(env, arrivalId, [{ type: "video.failed", ...of, ...error }]);
}

async function tell(env: Env, arrivalId: string, events: readonly VideoEvent[]): Promise<void> {
  try {
    // In this order.
    for (const event of events) await publishEvent(env, event, `${arrivalId} ${event.type}`);
  } catch (error) {
    logError("upload.notTold", error, { arrivalId });
  }
}
