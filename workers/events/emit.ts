// An event is a row of the same commit as the change that it tells of. The row holds the resource as it is inside that
// commit, so what is told later is what was true then, whatever has happened since.
import { newId } from "#workers/ids.ts";
import { outgoingEvent, type Condition, type Outgoing } from "#workers/outbox/outbox.ts";
import type { DataOf, EventType } from "./contract.ts";
import {
  chaptersSnapshot,
  importSnapshot,
  uploadSnapshot,
  videoSnapshot,
  type Snapshot,
} from "./snapshot.ts";
import { addedSoundSnapshot, audioTrackSnapshot } from "#workers/audio-tracks/snapshot.ts";
import { captionSnapshot } from "#workers/captions/snapshot.ts";

type VideoEventType = Extract<EventType, `video.${string}`>;
type UploadEventType = Extract<EventType, `upload.${string}`>;
type ImportEventType = Extract<EventType, `import.${string}`>;
type CaptionEventType = Extract<EventType, `caption.${string}`>;
type ChaptersEventType = Extract<EventType, `chapters.${string}`>;
type AudioTrackEventType = Extract<EventType, `audioTrack.${string}`>;
type ReadEventType =
  | VideoEventType
  | UploadEventType
  | ImportEventType
  | CaptionEventType
  | ChaptersEventType
  | AudioTrackEventType;
type ShownEventType = Exclude<EventType, ReadEventType>;

/** Jobs and webhooks the caller gives as the API shows them; everything else is read inside the commit. */
export type EmittedEvent =
  | { readonly type: VideoEventType; readonly videoId: string }
  | { readonly type: UploadEventType; readonly uploadId: string }
  /** Of an upload that is no import, nothing is told. */
  | { readonly type: ImportEventType; readonly importedBy: string }
  | { readonly type: CaptionEventType; readonly videoId: string; readonly captionId: string }
  | { readonly type: AudioTrackEventType; readonly videoId: string; readonly audioTrackId: string }
  /** The sound that this upload brings: its track is numbered inside the commit. */
  | { readonly type: AudioTrackEventType; readonly videoId: string; readonly addedBy: string }
  | { readonly type: ChaptersEventType; readonly videoId: string; readonly language: string }
  | { [Type in ShownEventType]: { readonly type: Type; readonly data: DataOf<Type> } }[ShownEventType];

/**
 * The statement before it in the batch changed something: so an event stands right behind its change, and a second
 * one behind the first. What is late or repeated changes nothing and is not told of.
 */
export const ifChanged: Condition = { sql: "changes() > 0", bindings: [] };

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
  if ("captionId" in event) return captionSnapshot(event.videoId, event.captionId);
  if ("audioTrackId" in event) return audioTrackSnapshot(event.videoId, event.audioTrackId);
  if ("addedBy" in event) return addedSoundSnapshot(event.videoId, event.addedBy);
  if ("language" in event) return chaptersSnapshot(event.videoId, event.language);
  if ("importedBy" in event) return importSnapshot(event.importedBy);
  if ("videoId" in event) return videoSnapshot(event.videoId);
  if ("uploadId" in event) return uploadSnapshot(event.uploadId);
  return { from: "(SELECT ? AS resource)", bindings: [JSON.stringify(event.data)] };
}
