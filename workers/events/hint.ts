// What whoever listens is told of a committed event: that it happened, and to what. The whole resource is a webhook's.
import { readImportSnapshot, readUploadSnapshot, readVideoSnapshot } from "./snapshot.ts";
import type { EventType } from "./contract.ts";
import type { VideoEvent } from "./live-contract.ts";
import type { CommittedEvent } from "./present-event.ts";

/** Null: it is told where it happens, with more than this; or is of no video. */
export function hintOf({ type, atMs, resource }: CommittedEvent): VideoEvent | null {
  // Own rows only: what `emitted` wrote.
  const known = type as EventType;
  switch (known) {
    case "video.created":
    case "video.updated":
    case "video.deleted":
      return { type: known, videoId: readVideoSnapshot(resource).row.id, atMs };
    case "upload.created":
    case "upload.completed":
    case "upload.cancelled":
    case "upload.expired":
    case "upload.failed": {
      const { id: uploadId, videoId } = readUploadSnapshot(resource);
      return { type: known, videoId, uploadId, atMs };
    }
    case "import.created":
    case "import.completed":
    case "import.cancelled":
    case "import.failed": {
      const { id: importId, videoId, uploadId } = readImportSnapshot(resource).import;
      return { type: known, videoId, uploadId, importId, atMs };
    }
    case "caption.created":
    case "caption.updated":
    case "caption.deleted":
    case "audioTrack.created":
    case "audioTrack.ready":
    case "audioTrack.failed":
    case "audioTrack.deleted":
    case "audioTrack.updated":
    case "chapters.updated":
    case "chapters.deleted":
    case "job.started":
    case "job.paused":
    case "job.resumed":
    case "job.requeued":
    case "job.completed":
    case "job.failed": {
      const { videoId } = JSON.parse(resource) as { videoId: string };
      return { type: known, videoId, atMs };
    }
    case "video.uploaded":
    case "video.playable":
    case "video.ready":
    case "video.failed":
    case "task.dead":
    case "webhook.disabled":
    case "webhook.test":
      return null;
  }
}
