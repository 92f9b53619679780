// What the owner of a video decided about its playback, as the edge path reads it with the playback record.
import type { Limits } from "./limits.ts";
import type { Restrictions } from "./restrictions.ts";

/** What happens when a viewer who is at the limit starts another stream. */
export const streamLimitActions = ["evictOldest", "refuseNewest"] as const;
export type StreamLimitAction = (typeof streamLimitActions)[number];

export interface StreamLimit {
  readonly maxStreams: number;
  readonly action: StreamLimitAction;
}

export interface PlaybackAccess {
  readonly restrictions: Restrictions;
  readonly limits: Limits;
  /** For viewers whose token says nothing else. Null: no limit, and no cost. */
  readonly streamLimit: StreamLimit | null;
  /** Embargo and expiry of the video. */
  readonly availableFromMs: number | null;
  readonly availableUntilMs: number | null;
}

export const openAccess: PlaybackAccess = {
  restrictions: {},
  limits: {},
  streamLimit: null,
  availableFromMs: null,
  availableUntilMs: null,
};
