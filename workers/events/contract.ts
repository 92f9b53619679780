// What happens to videos, as whoever listens is told it.
import type { VideoErrorCode } from "#workers/videos/lifecycle.ts";

export type VideoEvent = { readonly videoId: string; readonly atMs: number } & (
  | { readonly kind: "video.uploaded" }
  | { readonly kind: "video.playable" }
  | {
      readonly kind: "video.progress";
      readonly percent: number;
      /** Null: not known. */
      readonly etaSeconds: number | null;
    }
  | { readonly kind: "video.ready" }
  | { readonly kind: "video.failed"; readonly code: VideoErrorCode; readonly message: string }
  /** A task of its encoding was given up. */
  | {
      readonly kind: "task.dead";
      readonly taskId: string;
      readonly task: string;
      readonly chunk: number;
      readonly track: string;
      readonly attempt: number;
      readonly code: VideoErrorCode;
      readonly message: string;
    }
);

export interface StoredEvent {
  /** Counts up over all events. */
  readonly sequence: number;
  readonly event: VideoEvent;
}
