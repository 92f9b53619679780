// What happened to each video, in D1.
import { logError } from "#workers/http/log.ts";
import type { EventType } from "./contract.ts";
import { pastEventOf, type About, type PastEvent } from "./past-event.ts";
import type { CommittedEvent } from "./present-event.ts";

export interface KeptEvent {
  readonly sequence: number;
  readonly eventId: string;
  readonly type: EventType;
  readonly atMs: number;
  readonly about: About;
}

/** Where a page of the history ended. */
export interface HistoryPosition {
  readonly atMs: number;
  readonly sequence: number;
}

/**
 * Of the batch that removes its outbox row, before that: so it is noted once, however often the event comes. What comes
 * after the video is gone is not noted.
 */
export function noted(
  db: D1Database,
  outboxId: string,
  event: CommittedEvent,
): readonly D1PreparedStatement[] {
  const past = understood(event);
  if (past === null) return [];
  const { videoId, about } = past;
  return [
    db
      .prepare(
        `INSERT INTO video_events (video_id, event_id, type, about, created_at)
         SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM outbox WHERE id = ?6)
           AND EXISTS (SELECT 1 FROM videos WHERE id = ?1)`,
      )
      .bind(videoId, event.eventId, event.type, JSON.stringify(about), event.atMs, outboxId),
  ];
}

/** What can't be noted holds no webhook up. */
function understood(event: CommittedEvent): PastEvent | null {
  try {
    return pastEventOf(event);
  } catch (error) {
    logError("events.notNoted", error, { eventId: event.eventId });
    return null;
  }
}

export interface HistoryQuery {
  readonly videoId: string;
  /** As webhooks choose: `*`, `job.*`, `video.ready`. */
  readonly type: string;
  readonly before: HistoryPosition | null;
  readonly limit: number;
}

/** Newest first. */
export async function readHistory(
  db: D1Database,
  { videoId, type, before, limit }: HistoryQuery,
): Promise<readonly KeptEvent[]> {
  const { results } = await db
    .prepare(
      `SELECT sequence, event_id, type, about, created_at FROM video_events
       WHERE video_id = ?1 AND (created_at, sequence) < (?2, ?3) AND type GLOB ?4
       ORDER BY created_at DESC, sequence DESC LIMIT ?5`,
    )
    .bind(videoId, before?.atMs ?? Number.MAX_SAFE_INTEGER, before?.sequence ?? 0, type, limit)
    .all<{ sequence: number; event_id: string; type: EventType; about: string; created_at: number }>();
  return results.map(({ sequence, event_id: eventId, type: is, about, created_at: atMs }) => {
    // Own rows only: what `noted` wrote.
    return { sequence, eventId, type: is, atMs, about: JSON.parse(about) as About };
  });
}

export const historyDays = 90;
const atOnce = 1_000;

/** Rows are in the order in which they came, so the old ones are in front: no index for that alone. */
export async function sweepHistory(db: D1Database, nowMs: number): Promise<void> {
  await db
    .prepare(
      `DELETE FROM video_events WHERE sequence IN (SELECT sequence FROM
         (SELECT sequence, created_at FROM video_events ORDER BY sequence LIMIT ${atOnce}) WHERE created_at < ?)`,
    )
    .bind(nowMs - historyDays * 86_400_000)
    .run();
}
