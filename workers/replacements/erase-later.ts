// What a replacement leaves behind goes when nobody may watch it any more.
import { ifChanged } from "#workers/events/emit.ts";
import { outgoing, type Outgoing } from "#workers/outbox/outbox.ts";
import { urlSeconds } from "#workers/transcoding/object-url.ts";

/** The end of a time is in it. */
const afterMs = 1_000;

/** Behind the statement that makes something needless. The second comes when no runner's URL is valid any more. */
export function eraseLater(
  db: D1Database,
  videoId: string,
  nowMs: number,
  fromMs: number,
): readonly [Outgoing, Outgoing] {
  const body = { kind: "erase", videoId, scope: "unused" } as const;
  const at = (dueAtMs: number) => outgoing(db, body, nowMs, dueAtMs, ifChanged);
  return [at(fromMs + afterMs), at(fromMs + afterMs + 2 * urlSeconds * 1_000)];
}
