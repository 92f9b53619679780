// The names of all events, without the schemas: what an endpoint may choose of, and how a choice is matched.
import type { EventType } from "./contract.ts";

// A record, so that a type of contract.ts that is missing here does not compile.
const known = {
  "video.created": true,
  "video.updated": true,
  "video.uploaded": true,
  "video.playable": true,
  "video.ready": true,
  "video.failed": true,
  "video.deleted": true,
  "upload.created": true,
  "upload.completed": true,
  "upload.cancelled": true,
  "upload.expired": true,
  "upload.failed": true,
  "import.created": true,
  "import.completed": true,
  "import.cancelled": true,
  "import.failed": true,
  "caption.created": true,
  "caption.updated": true,
  "caption.deleted": true,
  "audioTrack.created": true,
  "audioTrack.ready": true,
  "audioTrack.failed": true,
  "audioTrack.deleted": true,
  "audioTrack.updated": true,
  "chapters.updated": true,
  "chapters.deleted": true,
  "job.started": true,
  "job.paused": true,
  "job.resumed": true,
  "job.requeued": true,
  "job.completed": true,
  "job.failed": true,
  "task.dead": true,
  "webhook.disabled": true,
  "webhook.test": true,
} as const satisfies Record<EventType, true>;

export const eventTypes = Object.keys(known) as readonly EventType[];

/** `*`, `video.*` or `video.ready`. */
export function isEventChoice(choice: string): boolean {
  if (choice === "*") return true;
  if (choice.endsWith(".*")) return eventTypes.some((type) => type.startsWith(choice.slice(0, -1)));
  return Object.hasOwn(known, choice);
}

export function isChosen(choices: readonly string[], type: string): boolean {
  return choices.some(
    (choice) =>
      choice === "*" || choice === type || (choice.endsWith(".*") && type.startsWith(choice.slice(0, -1))),
  );
}
