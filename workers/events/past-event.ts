// What is kept of a committed event for the history of its video: less than a webhook is sent, since a video's rows are
// there to be asked. Of jobs the whole, since the board forgets those that are done.
import { readAudioTrackSnapshot } from "#workers/audio-tracks/snapshot.ts";
import { readCaptionSnapshot } from "#workers/captions/snapshot.ts";
import type { EndedJob, ShownJob, ShownTask } from "#workers/transcoding/job-present.ts";
import type { EventType } from "./contract.ts";
import type { CommittedEvent } from "./present-event.ts";
import { readImportSnapshot, readUploadSnapshot, readVideoSnapshot } from "./snapshot.ts";

export interface About {
  /** Of the upload, import, captions or sound; the language of chapters. Null: it is of the video itself. */
  readonly subject: string | null;
  readonly error: { readonly code: string; readonly message: string | null } | null;
  readonly job: ShownJob | EndedJob | null;
  readonly task: ShownTask | null;
}

export interface PastEvent {
  readonly videoId: string;
  readonly about: About;
}

const nothing: About = { subject: null, error: null, job: null, task: null };

/** Null: it is of no video, or of one that is gone. */
export function pastEventOf({ type, resource }: CommittedEvent): PastEvent | null {
  // Own rows only: what `emitted` wrote.
  const known = type as EventType;
  switch (known) {
    case "video.created":
    case "video.updated":
    case "video.uploaded":
    case "video.playable":
    case "video.ready":
    case "video.failed": {
      const { id: videoId, errorCode: code, errorMessage: message } = readVideoSnapshot(resource).row;
      return { videoId, about: { ...nothing, error: code === null ? null : { code, message } } };
    }
    case "upload.created":
    case "upload.completed":
    case "upload.cancelled":
    case "upload.expired":
    case "upload.failed": {
      const { id: subject, videoId, errorCode } = readUploadSnapshot(resource);
      return { videoId, about: { ...nothing, subject, error: errorOf(errorCode) } };
    }
    case "import.created":
    case "import.completed":
    case "import.cancelled":
    case "import.failed": {
      const { import: row, upload } = readImportSnapshot(resource);
      return {
        videoId: row.videoId,
        about: { ...nothing, subject: row.id, error: errorOf(upload.errorCode) },
      };
    }
    case "caption.created":
    case "caption.updated":
    case "caption.deleted": {
      const { videoId, caption } = readCaptionSnapshot(resource);
      return { videoId, about: { ...nothing, subject: caption.entry.id } };
    }
    case "audioTrack.created":
    case "audioTrack.ready":
    case "audioTrack.failed":
    case "audioTrack.deleted":
    case "audioTrack.updated": {
      const { videoId, id: subject, error } = readAudioTrackSnapshot(resource);
      return { videoId, about: { ...nothing, subject, error } };
    }
    case "chapters.updated":
    case "chapters.deleted": {
      const { videoId, language } = JSON.parse(resource) as { videoId: string; language: string };
      return { videoId, about: { ...nothing, subject: language } };
    }
    case "job.started":
    case "job.paused":
    case "job.resumed":
    case "job.requeued":
    case "job.completed":
    case "job.failed":
    case "task.dead": {
      const { task = null, ...job } = JSON.parse(resource) as EndedJob & { readonly task?: ShownTask };
      return { videoId: job.videoId, about: { ...nothing, error: task?.error ?? job.error, job, task } };
    }
    case "video.deleted":
    case "webhook.disabled":
    case "webhook.test":
      return null;
  }
}

const errorOf = (code: string | null) => (code === null ? null : { code, message: null });
