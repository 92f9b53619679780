// What was sent of a video, or of all, day by day: each shard of the session records has the share of the sessions it holds.
import type { DayOfUse } from "#workers/analytics/session-records.ts";
import { sessionShard, shardCount } from "#workers/analytics/session-shards.ts";
import type { Env } from "#workers/env.ts";

export async function deliveredOf(
  env: Env,
  videoId: string | null,
  fromDay: string,
  toDay: string,
): Promise<readonly DayOfUse[]> {
  const shards = Array.from({ length: shardCount }, (_, shard) =>
    sessionShard(env, shard).usage(videoId, fromDay, toDay),
  );
  const days = new Map<string, DayOfUse>();
  for (const each of (await Promise.all(shards)).flat()) {
    const before = days.get(each.day) ?? { day: each.day, views: 0, bytes: 0, mediaMs: 0 };
    days.set(each.day, {
      day: each.day,
      views: before.views + each.views,
      bytes: before.bytes + each.bytes,
      mediaMs: before.mediaMs + each.mediaMs,
    });
  }
  return [...days.values()].toSorted((a, b) => (a.day < b.day ? -1 : 1));
}
