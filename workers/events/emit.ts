// An event is a row of the same commit as the change that it tells of. The row holds the resource as it is inside that
// commit, so what is told later is what was true then, whatever has happened since.
import { newId } from "#workers/ids.ts";
import { outgoingEvent, type Condition, type Outgoing } from "#workers/outbox/outbox.ts";
import type { DataOf, EventType } from "./contract.ts";
import { uploadSnapshot, videoSnapshot, type Snapshot } from "./snapshot.ts";

type VideoEventType = Extract<EventType, `video.${string}`>;
type UploadEventType = Extract<EventType, `upload.${string}`>;
type ShownEventType = Exclude<EventType, VideoEventType | UploadEventType>;

/** Videos and uploads are read inside the commit; of anything else the caller gives what the API shows. */
export type EmittedEvent =
  | { readonly type: VideoEventType; readonly videoId: string }
  | { readonly type: UploadEventType; readonly uploadId: string }
  | { [Type in ShownEventType]: { readonly type: Type; readonly data: DataOf<Type> } }[ShownEventType];

/**
 * The statement before it in the batch changed something: so an event stands right behind its change, and a second
 * one behind the first. What is late or repeated changes nothing and is not told of.
 */
export const ifChanged: Condition = { sql: "changes() > 0", bindings: [] };
export const always: Condition = { sql: "TRUE", bindings: [] };

/**
 * Put the statement in the `db.batch` of the change, and give the message to `sendAll` after the commit. A deletion's
 * event stands before the deletion, with `always`.
 */
export function emitted(
  db: D1Database,
  event: EmittedEvent,
  nowMs: number,
  onlyIf: Condition = ifChanged,
): Outgoing {
  const { type } = event;
  return outgoingEvent(db, { type, eventId: newId("event", nowMs) }, snapshotOf(event), nowMs, onlyIf);
}

function snapshotOf(event: EmittedEvent): Snapshot {
  if ("videoId" in event) return videoSnapshot(event.videoId);
  if ("uploadId" in event) return uploadSnapshot(event.uploadId);
  return { from: "(SELECT ? AS resource)", bindings: [JSON.stringify(event.data)] };
}
