// The URLs of one task, kept good: what a task names lives for an hour, and the work may take longer. Whoever holds
// the lease is given new ones.
import type { Task } from "#workers/transcoding/contract.ts";
import type { SchedulerClient } from "./scheduler-client.ts";

export interface ObjectTarget {
  readonly url: string;
  readonly renewal?: string | undefined;
}

export interface ObjectUrls {
  /** Of the Worker, or of a source that is read straight from the bucket. `refused`: this one was answered 403. */
  current(target: ObjectTarget, signal: AbortSignal, refused?: string): Promise<string>;
  /** Straight to the bucket, for an object of this length; null where uploads go through the Worker. */
  straight(target: ObjectTarget, sizeBytes: number, signal: AbortSignal): Promise<string | null>;
}

/** Thrown when the Worker gives no URL: another attempt holds the task. */
export class NoUrl extends Error {
  override readonly name = "NoUrl";
}

/** What is this old is not used for what may take a while. */
const staleShare = 0.75;

export function objectUrls(
  task: Task,
  client: Pick<SchedulerClient, "renewUrl">,
  nowMs: () => number = Date.now,
): ObjectUrls {
  const goodForMs = (urlSeconds: number | undefined) =>
    urlSeconds === undefined ? Number.POSITIVE_INFINITY : urlSeconds * 1000 * staleShare;
  const firstUntilMs = nowMs() + goodForMs(task.urlSeconds);
  const renewed = new Map<string, { readonly url: string; readonly untilMs: number }>();

  const renew = async (renewal: string, sizeBytes: number | null, signal: AbortSignal) => {
    const reply = await client.renewUrl(task, renewal, sizeBytes, signal);
    if (reply === null) throw new NoUrl("the lease was lost");
    return reply;
  };

  return {
    current: async ({ url, renewal }, signal, refused) => {
      if (renewal === undefined) return url;
      const known = renewed.get(renewal) ?? { url, untilMs: firstUntilMs };
      if (known.url !== refused && nowMs() < known.untilMs) return known.url;
      const reply = await renew(renewal, null, signal);
      renewed.set(renewal, { url: reply.url, untilMs: nowMs() + goodForMs(reply.urlSeconds) });
      return reply.url;
    },
    straight: async ({ renewal }, sizeBytes, signal) => {
      if (task.direct !== true || renewal === undefined) return null;
      return (await renew(renewal, sizeBytes, signal)).url;
    },
  };
}
